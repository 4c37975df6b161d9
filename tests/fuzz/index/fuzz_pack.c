/* A pack whose header is right and whose frames are any bytes: the scan ends, in an error or not, and the frames it
 * gives lie one behind the other. */
#include <glib/gstdio.h>
#include <string.h>

#include "pack_file.h"
#include "pack_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t repository_id[REPOSITORY_ID_SIZE] = "fuzzed";

/* A directory with one pack in it, of these frames. */
static char *make_packs(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *pack = g_malloc(PACK_HEADER_SIZE + size);
    char *packs = g_dir_make_tmp("fuzz-pack-XXXXXX", NULL);
    g_autofree char *directory = pack_file_directory(packs, 1);
    g_autofree char *path = pack_file_path(packs, 1);
    pack_header_encode(repository_id, 1, pack);
    if (size > 0)
        memcpy(pack + PACK_HEADER_SIZE, data, size);
    g_mkdir(directory, 0700);
    g_assert_true(g_file_set_contents_full(path, (const char *)pack, (gssize)(PACK_HEADER_SIZE + size),
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    return packs;
}

static void remove_packs(char *packs)
{
    g_autofree char *directory = pack_file_directory(packs, 1);
    g_autofree char *path = pack_file_path(packs, 1);
    g_unlink(path);
    g_rmdir(directory);
    g_rmdir(packs);
    g_free(packs);
}

static void scan_pack(PackReader *reader, size_t size)
{
    g_autoptr(GError) error = NULL;
    PackScan scan;
    ScannedFrame frame;
    LogPosition start = {.pack = 1};
    uint64_t expected = PACK_HEADER_SIZE;
    g_assert_true(pack_scan_begin(&scan, reader, repository_id, start, NULL));
    while (pack_scan_next(&scan, &frame, &error)) {
        g_assert_cmpuint(frame.place.offset, ==, expected);
        expected += FRAME_HEADER_SIZE + frame.header.stored_length;
        g_bytes_unref(frame.plain);
    }
    g_assert_cmpuint(expected, <=, PACK_HEADER_SIZE + size);
    g_assert_true(error || expected == PACK_HEADER_SIZE + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *packs = make_packs(data, size);
    g_autoptr(PackReader) reader = pack_reader_new(packs);
    scan_pack(reader, size);
    remove_packs(packs);
    return 0;
}
