/* A map is found by the file, when it is shared and begins where the file does. */
#include "mapped_file.h"

#include <fcntl.h>
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)3 * 65536)

static int make_file(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("mapped-file-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, FILE_BYTES), ==, 0);
    g_assert_cmpint(unlink(path), ==, 0);
    return fd;
}

static void test_found(void)
{
    int fd = make_file(), other = make_file();
    size_t length = 0;
    mapped_file_prepare();
    g_assert_null(mapped_file_find(fd, &length));
    uint8_t *map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    size_t before = mapped_file_resident();
    for (size_t at = 0; at < FILE_BYTES; at += 4096)
        g_assert_cmpint(((volatile uint8_t *)map)[at], ==, 0);
    g_assert_cmpuint(mapped_file_resident(), >=, before + FILE_BYTES);
    g_assert_true(mapped_file_find(fd, &length) == map);
    g_assert_cmpuint(length, ==, FILE_BYTES);
    g_assert_null(mapped_file_find(other, &length));
    munmap(map, FILE_BYTES);
    g_assert_null(mapped_file_find(fd, &length));
    close(fd);
    close(other);
}

static void assert_not_found(int flags, off_t offset)
{
    int fd = make_file();
    size_t length, bytes = FILE_BYTES - (size_t)offset;
    void *map = mmap(NULL, bytes, PROT_READ, flags, fd, offset);
    g_assert_true(map != MAP_FAILED);
    g_assert_null(mapped_file_find(fd, &length));
    munmap(map, bytes);
    close(fd);
}

/* What is dropped of these would be lost, or is not where it seems to be. */
static void test_others_are_not(void)
{
    mapped_file_prepare();
    assert_not_found(MAP_PRIVATE, 0);
    assert_not_found(MAP_SHARED, 65536);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mapped-file/found", test_found);
    g_test_add_func("/mapped-file/others", test_others_are_not);
    return g_test_run();
}
