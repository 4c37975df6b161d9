#include "durable.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

static void test_replace_file(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_dir_make_tmp("durable-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(directory, "file", NULL);
    g_autofree char *leftover = g_strconcat(path, ".new", NULL);
    g_assert_true(g_file_set_contents(leftover, "of a run that was killed", -1, NULL));
    g_assert_true(durable_replace_file(path, "one", 3, 0600, &error));
    g_assert_true(durable_replace_file(path, "three", 5, 0600, &error));

    g_autofree char *content = NULL;
    struct stat status;
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "three");
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
    g_assert_false(g_file_test(leftover, G_FILE_TEST_EXISTS));
    g_unlink(path);
    g_rmdir(directory);
}

static void test_short_file_is_corrupt(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("durable-XXXXXX", &path, &error);
    g_assert_no_error(error);
    g_assert_true(durable_write_at(fd, "abc", 3, 5, path, &error));
    char bytes[8];
    g_assert_true(durable_read_at(fd, bytes, 3, 5, path, &error));
    g_assert_cmpmem(bytes, 3, "abc", 3);
    g_assert_false(durable_read_at(fd, bytes, 4, 5, path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
    close(fd);
    g_unlink(path);
}

static void test_full_disk_is_named(void)
{
    g_autoptr(GError) error = NULL;
    int fd = g_open("/dev/full", O_WRONLY, 0);
    g_assert_false(durable_write_at(fd, "x", 1, 0, "/dev/full", &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NO_SPACE);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/durable/replace-file", test_replace_file);
    g_test_add_func("/durable/short-file-is-corrupt", test_short_file_is_corrupt);
    g_test_add_func("/durable/full-disk-is-named", test_full_disk_is_named);
    return g_test_run();
}
