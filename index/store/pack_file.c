#include "pack_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "digest.h"
#include "error.h"

char *pack_file_directory(const char *packs_directory, uint32_t pack)
{
    return g_strdup_printf("%s/%02x", packs_directory, pack >> 8);
}

char *pack_file_path(const char *packs_directory, uint32_t pack)
{
    return g_strdup_printf("%s/%02x/%08x.pack", packs_directory, pack >> 8, pack);
}

static uint32_t number_of_name(const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 16);
    return end == name + 8 && g_str_equal(end, ".pack") ? (uint32_t)number : 0;
}

static void list_directory(const char *path, GArray *packs)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        uint32_t pack = number_of_name(name);
        if (pack != 0)
            g_array_append_val(packs, pack);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

GArray *pack_file_list(const char *packs_directory, GError **error)
{
    g_autoptr(GDir) top = g_dir_open(packs_directory, 0, error);
    if (!top)
        return NULL;
    GArray *packs = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (const char *name; (name = g_dir_read_name(top));) {
        g_autofree char *path = g_build_filename(packs_directory, name, NULL);
        list_directory(path, packs);
    }
    g_array_sort(packs, compare_numbers);
    return packs;
}

void pack_header_encode(const uint8_t repository_id[REPOSITORY_ID_SIZE], uint32_t pack,
                        uint8_t header[PACK_HEADER_SIZE])
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    put_bytes(out, PACK_MAGIC, PACK_MAGIC_SIZE);
    put_bytes(out, repository_id, REPOSITORY_ID_SIZE);
    put_u32(out, pack);
    while (out->len < PACK_HEADER_SIZE - SEAL_SIZE)
        put_u8(out, 0);
    ContentId seal;
    digest_of(out->data, out->len, &seal);
    put_bytes(out, seal.bytes, SEAL_SIZE);
    memcpy(header, out->data, PACK_HEADER_SIZE);
}

bool pack_header_verify(const uint8_t header[PACK_HEADER_SIZE], const uint8_t repository_id[REPOSITORY_ID_SIZE],
                        uint32_t pack, GError **error)
{
    uint8_t expected[PACK_HEADER_SIZE];
    pack_header_encode(repository_id, pack, expected);
    if (memcmp(header, expected, PACK_HEADER_SIZE) == 0)
        return true;
    bool is_pack = memcmp(header, PACK_MAGIC, PACK_MAGIC_SIZE) == 0;
    return mb_error_set(error, MB_ERROR_CORRUPT,
                        is_pack ? "pack %08x is damaged at its start or belongs to another repository"
                                : "pack %08x is not a pack",
                        pack);
}
