#include "table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

struct Table {
    char *alignment;
    GPtrArray *cells;
};

Table *table_new(const char *alignment)
{
    Table *table = g_new0(Table, 1);
    table->alignment = g_strdup(alignment);
    table->cells = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void table_free(Table *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->cells);
    g_free(table->alignment);
    g_free(table);
}

void table_take(Table *table, char *cell)
{
    g_ptr_array_add(table->cells, cell);
}

void table_add(Table *table, const char *cell)
{
    table_take(table, g_strdup(cell));
}

static size_t *column_widths(const Table *table, size_t columns)
{
    size_t *widths = g_new0(size_t, columns);
    for (unsigned i = 0; i < table->cells->len; i++)
        widths[i % columns] = MAX(widths[i % columns], output_width(g_ptr_array_index(table->cells, i)));
    return widths;
}

static void print_spaces(size_t count)
{
    while (count-- > 0)
        putchar(' ');
}

static void print_cell(const char *cell, size_t width, char alignment, bool last)
{
    size_t padding = width - output_width(cell);
    if (alignment == 'r')
        print_spaces(padding);
    fputs(cell, stdout);
    if (last)
        putchar('\n');
    else
        print_spaces((alignment == 'l' ? padding : 0) + 2);
}

void table_print(const Table *table)
{
    size_t columns = strlen(table->alignment);
    g_autofree size_t *widths = column_widths(table, columns);
    for (unsigned i = 0; i < table->cells->len; i++) {
        size_t column = i % columns;
        print_cell(g_ptr_array_index(table->cells, i), widths[column], table->alignment[column], column + 1 == columns);
    }
}
