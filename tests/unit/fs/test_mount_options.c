#include <fuse_lowlevel.h>
#include <fuse_opt.h>
#include <glib.h>
#include <string.h>

#include "mount_options.h"

/* What libfuse gets after -o; frees the arguments. */
static char *build(const MountOptions *options, const char *path, int *count)
{
    struct fuse_args arguments;
    g_autoptr(GError) error = NULL;
    g_assert_true(mount_options_build(options, path, &arguments, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(arguments.argv[1], ==, "-o");
    char *list = g_strdup(arguments.argv[2]);
    *count = arguments.argc;
    fuse_opt_free_args(&arguments);
    return list;
}

static void test_always_read_only_and_safe(void)
{
    int count;
    g_autofree char *list = build(&(MountOptions){0}, "/mail", &count);
    g_assert_cmpstr(list, ==, "ro,nosuid,nodev,noexec,subtype=mailbackupfs,fsname=/mail");
    g_assert_cmpint(count, ==, 3);
}

static void test_user_options_come_last(void)
{
    int count;
    g_autofree char *list =
        build(&(MountOptions){.fuse_options = "allow_other,auto_unmount", .debug = true}, "/m", &count);
    g_assert_true(g_str_has_prefix(list, "ro,nosuid,nodev,noexec,"));
    g_assert_true(g_str_has_suffix(list, ",fsname=/m,default_permissions,allow_other,auto_unmount"));
    g_assert_cmpint(count, ==, 4);
}

static void test_modes_are_checked_where_others_are_let_in(void)
{
    static const char *const words[] = {"allow_other", "auto_unmount,allow_root"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        int count;
        g_autofree char *list = build(&(MountOptions){.fuse_options = words[i]}, "/m", &count);
        g_assert_nonnull(strstr(list, ",default_permissions,"));
    }
}

static void test_path_cannot_add_options(void)
{
    int count;
    g_autofree char *list = build(&(MountOptions){0}, "/a,suid\\b", &count);
    g_assert_true(g_str_has_suffix(list, ",fsname=/a\\,suid\\\\b"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mount_options/always", test_always_read_only_and_safe);
    g_test_add_func("/mount_options/user", test_user_options_come_last);
    g_test_add_func("/mount_options/others", test_modes_are_checked_where_others_are_let_in);
    g_test_add_func("/mount_options/escaped", test_path_cannot_add_options);
    return g_test_run();
}
