#include <glib.h>
#include <sys/stat.h>

#include "mount_attributes.h"

#define MESSAGE (((uint64_t)1 << 62) | ((uint64_t)5 << 32) | 17)
#define DIRECTORY (((uint64_t)1 << 61) | ((uint64_t)3 << 32) | 5)
#define ACCOUNT (((uint64_t)1 << 60) | 2)
#define LATEST (((uint64_t)1 << 59) | 3)

static const MountContext context = {.owner = 1000, .group = 100};

static void test_message(void)
{
    struct fuse_entry_param entry;
    const TreeAttributes attributes = {MESSAGE, TREE_IS_MESSAGE, 513, 1600000000, 1, false};
    mount_fill_entry(&context, &attributes, &entry);
    g_assert_cmpuint(entry.ino, ==, MESSAGE);
    g_assert_cmpuint(entry.attr.st_ino, ==, MESSAGE);
    g_assert_cmpuint(entry.attr.st_mode, ==, S_IFREG | 0400);
    g_assert_cmpint(entry.attr.st_size, ==, 513);
    g_assert_cmpint(entry.attr.st_blocks, ==, 2);
    g_assert_cmpint(entry.attr.st_mtime, ==, 1600000000);
    g_assert_cmpuint(entry.attr.st_nlink, ==, 1);
    g_assert_cmpuint(entry.attr.st_uid, ==, 1000);
    g_assert_cmpuint(entry.attr.st_gid, ==, 100);
    g_assert_cmpfloat(entry.attr_timeout, >=, 1e9);
    g_assert_cmpfloat(entry.entry_timeout, >=, 1e9);
}

static void test_directory(void)
{
    struct stat stat;
    const TreeAttributes attributes = {DIRECTORY, TREE_IS_DIRECTORY, 0, 1600000000, 1, false};
    mount_fill_stat(&context, &attributes, &stat);
    g_assert_cmpuint(stat.st_mode, ==, S_IFDIR | 0500);
    g_assert_cmpuint(stat.st_nlink, ==, 1);
    g_assert_cmpint(stat.st_blksize, ==, 1 << 20);
}

static void test_link(void)
{
    struct stat stat;
    const TreeAttributes attributes = {LATEST, TREE_IS_LATEST, 20, 1600000000, 1, true};
    mount_fill_stat(&context, &attributes, &stat);
    g_assert_cmpuint(stat.st_mode, ==, S_IFLNK | 0777);
    g_assert_cmpint(stat.st_size, ==, 20);
}

static void test_what_changes_is_not_believed_for_ever(void)
{
    static const uint64_t mutable[] = {TREE_ROOT, ACCOUNT};
    static const uint64_t immutable[] = {DIRECTORY, MESSAGE, LATEST};
    for (size_t i = 0; i < G_N_ELEMENTS(mutable); i++) {
        g_assert_true(mount_is_mutable(mutable[i]));
        g_assert_cmpfloat(mount_attribute_timeout(mutable[i]), <=, 1);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(immutable); i++) {
        g_assert_false(mount_is_mutable(immutable[i]));
        g_assert_cmpfloat(mount_attribute_timeout(immutable[i]), >=, 1e9);
    }
}

static void test_newest_is_looked_up_again(void)
{
    struct fuse_entry_param entry;
    const TreeAttributes attributes = {LATEST, TREE_IS_LATEST, 20, 1600000000, 1, true};
    mount_fill_entry(&context, &attributes, &entry);
    g_assert_cmpfloat(entry.entry_timeout, <=, 1);
    g_assert_cmpfloat(entry.attr_timeout, >=, 1e9);
}

static void test_absent(void)
{
    struct fuse_entry_param entry;
    mount_fill_absent(&entry);
    g_assert_cmpuint(entry.ino, ==, 0);
    g_assert_cmpfloat(entry.entry_timeout, >=, 1e9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mount_attributes/message", test_message);
    g_test_add_func("/mount_attributes/directory", test_directory);
    g_test_add_func("/mount_attributes/link", test_link);
    g_test_add_func("/mount_attributes/mutable", test_what_changes_is_not_believed_for_ever);
    g_test_add_func("/mount_attributes/newest", test_newest_is_looked_up_again);
    g_test_add_func("/mount_attributes/absent", test_absent);
    return g_test_run();
}
