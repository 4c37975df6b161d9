/* Rows of cells, printed as aligned columns. */
#ifndef MB_TABLE_H
#define MB_TABLE_H

#include <glib.h>

typedef struct Table Table;
/* `alignment` has one letter a column: "lrr", l for text, r for numbers. */
Table *table_new(const char *alignment);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)
/* Takes the cell; after as many as there are columns the next row begins. */
void table_take(Table *table, char *cell);
void table_add(Table *table, const char *cell);
void table_print(const Table *table);

#endif
