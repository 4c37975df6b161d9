/* Memory for secrets: locked where the system allows it, left out of core files, wiped when freed. */
#ifndef MB_SECRET_MEMORY_H
#define MB_SECRET_MEMORY_H

#include <stddef.h>

/* Zeroed; never NULL. Free it with the same size. */
char *secret_memory_new(size_t size);
void secret_memory_free(char *memory, size_t size);

#endif
