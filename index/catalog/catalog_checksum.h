/* The checksum that every value of the catalog ends in, since LMDB has none. Pure; any thread. */
#ifndef MB_CATALOG_CHECKSUM_H
#define MB_CATALOG_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk_format.h"

#define CATALOG_CHECKSUM_SIZE 4

/* The CRC-32 over the table's number, the key, and the value. */
uint32_t catalog_checksum(CatalogTable table, const void *key, size_t key_length, const void *value,
                          size_t value_length);

/* True when `stored`, a value with its checksum behind it, is what was written for that key. */
bool catalog_checksum_verify(CatalogTable table, const void *key, size_t key_length, const void *stored,
                             size_t stored_length);

#endif
