#include "table.h"

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

static void append_cell(GString *line, const char *cell, size_t width, char alignment)
{
    int padding = (int)(width - output_width(cell));
    if (alignment == 'r')
        g_string_append_printf(line, "%*s%s", padding, "", cell);
    else
        g_string_append_printf(line, "%s%*s", cell, padding, "");
}

void table_print(const Table *table)
{
    size_t columns = strlen(table->alignment);
    g_autofree size_t *widths = column_widths(table, columns);
    g_autoptr(GString) line = g_string_new(NULL);
    for (unsigned i = 0; i < table->cells->len; i++) {
        size_t column = i % columns;
        g_string_append(line, column ? "  " : "");
        append_cell(line, g_ptr_array_index(table->cells, i), widths[column], table->alignment[column]);
        if (column + 1 == columns) {
            puts(g_strchomp(line->str));
            g_string_truncate(line, 0);
        }
    }
}
