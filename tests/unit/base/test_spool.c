#include "spool.h"

#include <string.h>

#include "mb_limits.h"

static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)(offset * 31 ^ offset >> 9);
}

static void fill(Spool *spool, uint64_t size, size_t piece)
{
    g_autofree uint8_t *data = g_malloc(piece);
    for (uint64_t offset = 0; offset < size;) {
        size_t length = (size_t)MIN((uint64_t)piece, size - offset);
        for (size_t i = 0; i < length; i++)
            data[i] = byte_at(offset + i);
        g_assert_true(spool_append(spool, data, length, NULL));
        offset += length;
    }
}

static void check_all(Spool *spool, uint64_t size)
{
    uint8_t data[5000];
    size_t got = 0;
    g_assert_cmpuint(spool_size(spool), ==, size);
    for (uint64_t offset = 0; offset < size; offset += got) {
        g_assert_true(spool_read(spool, offset, data, sizeof data, &got, NULL));
        g_assert_cmpuint(got, >, 0);
        for (size_t i = 0; i < got; i++)
            g_assert_cmpuint(data[i], ==, byte_at(offset + i));
    }
    g_assert_true(spool_read(spool, size, data, sizeof data, &got, NULL));
    g_assert_cmpuint(got, ==, 0);
}

static void test_sizes(void)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     LIMIT_SPOOL_MEMORY_BYTES - 1,
                                     LIMIT_SPOOL_MEMORY_BYTES,
                                     LIMIT_SPOOL_MEMORY_BYTES + 1,
                                     5 * LIMIT_SPOOL_MEMORY_BYTES + 7};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
        fill(spool, sizes[i], 70001);
        check_all(spool, sizes[i]);
    }
}

static void test_missing_directory(void)
{
    g_autoptr(Spool) spool = spool_new("/nonexistent");
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *data = g_malloc0(LIMIT_SPOOL_MEMORY_BYTES);
    g_assert_true(spool_append(spool, data, LIMIT_SPOOL_MEMORY_BYTES, &error));
    g_assert_false(spool_append(spool, data, 1, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spool/sizes", test_sizes);
    g_test_add_func("/spool/missing-directory", test_missing_directory);
    return g_test_run();
}
