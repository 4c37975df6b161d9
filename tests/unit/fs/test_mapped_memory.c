/* What is resident of the catalog goes, and can be read again. */
#include "mapped_memory.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned long resident_of_files(void)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    g_auto(GStrv) pages = g_strsplit(text, " ", 4);
    return g_ascii_strtoull(pages[2], NULL, 10) * (unsigned long)sysconf(_SC_PAGESIZE);
}

static unsigned sum_of(const unsigned char *bytes, size_t length)
{
    unsigned sum = 0;
    for (size_t at = 0; at < length; at += 512)
        sum += bytes[at];
    return sum;
}

static void test_large_catalogs_are_let_go(void)
{
    const size_t length = 2 * (size_t)MAPPED_MEMORY_BYTES;
    g_autofree char *place = g_dir_make_tmp("mapped-memory-XXXXXX", NULL);
    g_autofree char *index = g_build_filename(place, "index", NULL);
    g_autofree char *path = g_build_filename(index, "data.mdb", NULL);
    g_autofree char *content = g_malloc(length);
    for (size_t i = 0; i < length; i++)
        content[i] = (char)(i / 512);
    g_assert_cmpint(g_mkdir(index, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, content, (gssize)length, NULL));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const unsigned char *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true(map != MAP_FAILED);
    unsigned sum = sum_of(map, length);
    unsigned long before = resident_of_files();
    g_assert_cmpuint(before, >, length);
    MappedMemory *memory = mapped_memory_new();
    mapped_memory_trim(memory);
    mapped_memory_free(memory);
    g_assert_cmpuint(resident_of_files(), <, before - MAPPED_MEMORY_BYTES);
    g_assert_cmpuint(sum_of(map, length), ==, sum);
    close(fd);
    g_unlink(path);
    g_rmdir(index);
    g_rmdir(place);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mapped-memory/large", test_large_catalogs_are_let_go);
    return g_test_run();
}
