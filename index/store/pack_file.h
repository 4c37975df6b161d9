/* The names of packs and the header each begins with. */
#ifndef MB_PACK_FILE_H
#define MB_PACK_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "disk_format.h"

/* PACKS/00/00000001.pack and its directory. Caller frees. */
char *pack_file_path(const char *packs_directory, uint32_t pack);
char *pack_file_directory(const char *packs_directory, uint32_t pack);

/* The numbers of all packs there are, ascending: a GArray of uint32_t. Foreign files are passed over. */
GArray *pack_file_list(const char *packs_directory, GError **error);

void pack_header_encode(const uint8_t repository_id[REPOSITORY_ID_SIZE], uint32_t pack,
                        uint8_t header[PACK_HEADER_SIZE]);
/* MB_ERROR_CORRUPT when it is no pack header, or that of another pack or repository. */
bool pack_header_verify(const uint8_t header[PACK_HEADER_SIZE], const uint8_t repository_id[REPOSITORY_ID_SIZE],
                        uint32_t pack, GError **error);

#endif
