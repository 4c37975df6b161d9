#include "catalog_checksum.h"

#include <zlib.h>

#include "cursor.h"

uint32_t catalog_checksum(CatalogTable table, const void *key, size_t key_length, const void *value,
                          size_t value_length)
{
    uint8_t number = (uint8_t)table;
    uLong crc = crc32_z(0, &number, 1);
    crc = crc32_z(crc, key, key_length);
    return (uint32_t)crc32_z(crc, value, value_length);
}

bool catalog_checksum_verify(CatalogTable table, const void *key, size_t key_length, const void *stored,
                             size_t stored_length)
{
    if (stored_length < CATALOG_CHECKSUM_SIZE)
        return false;
    size_t length = stored_length - CATALOG_CHECKSUM_SIZE;
    Reader tail = reader_of((const uint8_t *)stored + length, CATALOG_CHECKSUM_SIZE);
    return take_u32(&tail) == catalog_checksum(table, key, key_length, stored, length);
}
