#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "mount_point.h"

typedef struct {
    char *directory;
    char *file; /* in it; not made yet */
} Fixture;

static void set_up(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    fixture->directory = g_dir_make_tmp("mount-point-XXXXXX", NULL);
    fixture->file = g_build_filename(fixture->directory, "file", NULL);
}

static void tear_down(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_unlink(fixture->file);
    g_rmdir(fixture->directory);
    g_free(fixture->file);
    g_free(fixture->directory);
}

static void assert_refused(const char *path, MbError code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(mount_point_prepare(path, false, &error));
    g_assert_error(error, MB_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, words));
    g_assert_nonnull(strstr(error->message, path));
}

static void test_empty_directory(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *indirect = g_strconcat(fixture->directory, "/./../.", NULL);
    g_autofree char *around = g_build_filename(indirect, strrchr(fixture->directory, '/'), NULL);
    g_autofree char *prepared = mount_point_prepare(around, false, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(prepared, ==, fixture->directory);
}

static void test_absent(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    assert_refused(fixture->file, MB_ERROR_INVALID, "does not exist; make it with: mkdir ");
}

static void test_file(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_assert_true(g_file_set_contents(fixture->file, "x", 1, NULL));
    assert_refused(fixture->file, MB_ERROR_INVALID, "is not a directory");
}

static void test_not_empty(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_assert_true(g_file_set_contents(fixture->file, "x", 1, NULL));
    assert_refused(fixture->directory, MB_ERROR_INVALID, "is not empty");
    g_autoptr(GError) error = NULL;
    g_autofree char *prepared = mount_point_prepare(fixture->directory, true, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(prepared, ==, fixture->directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/mount_point/empty", Fixture, NULL, set_up, test_empty_directory, tear_down);
    g_test_add("/mount_point/absent", Fixture, NULL, set_up, test_absent, tear_down);
    g_test_add("/mount_point/file", Fixture, NULL, set_up, test_file, tear_down);
    g_test_add("/mount_point/not_empty", Fixture, NULL, set_up, test_not_empty, tear_down);
    return g_test_run();
}
