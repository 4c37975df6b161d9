/* What is remembered of an index that was verified, and when that counts. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog_env.h"
#include "catalog_mark.h"
#include "catalog_records.h"
#include "error.h"

#define DAY_S (24 * 60 * 60)

typedef struct {
    char *directory;
    int directory_fd;
    char *data;
    CatalogEnv *env;
} Fixture;

static void set_up(Fixture *fixture, const void *unused)
{
    (void)unused;
    fixture->directory = g_dir_make_tmp("catalog-mark-XXXXXX", NULL);
    fixture->directory_fd = open(fixture->directory, O_PATH);
    fixture->data = g_build_filename(fixture->directory, "data.mdb", NULL);
    fixture->env = catalog_env_open(fixture->directory, true, NULL);
    g_assert_nonnull(fixture->env);
}

static void tear_down(Fixture *fixture, const void *unused)
{
    (void)unused;
    catalog_env_close(fixture->env);
    close(fixture->directory_fd);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", fixture->directory);
    g_assert_cmpint(system(command), ==, 0);
    g_free(fixture->directory);
    g_free(fixture->data);
}

static void write_rows(Fixture *fixture, uint32_t from, uint32_t to)
{
    CatalogTxn *txn = catalog_write_begin(fixture->env, NULL);
    for (uint32_t number = from; number < to; number++) {
        g_autoptr(GByteArray) value = g_byte_array_new();
        CatalogKey key = key_u32(number);
        put_u32(value, number);
        g_assert_true(catalog_put(txn, TABLE_META, &key, value, NULL));
    }
    g_assert_true(catalog_write_commit(txn, NULL));
}

/* Somebody writes zeros from a page on; over the end of the file nothing changes but its times. */
static void write_zeros(Fixture *fixture, off_t from, size_t length)
{
    g_autofree char *zeros = g_malloc0(length);
    int fd = open(fixture->data, O_WRONLY);
    g_assert_cmpint(pwrite(fd, zeros, length, from), ==, (ssize_t)length);
    close(fd);
}

static char *state_of(Fixture *fixture, uint64_t generation)
{
    int fd = open(fixture->data, O_RDONLY);
    char *state = catalog_mark_state(fd, generation);
    close(fd);
    return state;
}

static uint64_t close_env(Fixture *fixture)
{
    uint64_t generation = catalog_env_generation(fixture->env);
    g_clear_pointer(&fixture->env, catalog_env_close);
    return generation;
}

static bool is_marked(Fixture *fixture, uint64_t generation)
{
    int64_t verified_at;
    g_autofree char *state = state_of(fixture, generation);
    return catalog_mark_holds(fixture->directory_fd, state, &verified_at);
}

static void assert_opens(Fixture *fixture, bool expected)
{
    g_autoptr(GError) error = NULL;
    fixture->env = catalog_env_open(fixture->directory, false, &error);
    g_assert_true((fixture->env != NULL) == expected);
    if (!expected)
        g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_own_work_stays_marked(Fixture *fixture, const void *unused)
{
    (void)unused;
    write_rows(fixture, 1, 2);
    write_rows(fixture, 2, 3);
    g_assert_true(is_marked(fixture, close_env(fixture)));
}

static void test_work_of_others_is_not_marked(Fixture *fixture, const void *unused)
{
    (void)unused;
    write_rows(fixture, 1, 2);
    g_usleep(20000); /* times of files have steps of milliseconds */
    write_zeros(fixture, (off_t)1 << 20, 1);
    g_usleep(20000);
    write_rows(fixture, 2, 3);
    g_assert_false(is_marked(fixture, close_env(fixture)));
    assert_opens(fixture, true); /* verified in full, which marks it again */
    g_assert_true(is_marked(fixture, close_env(fixture)));
}

/* Changes the value of a row wherever a copy of it is, under a mark that says otherwise: as of a medium that did it. */
static uint64_t damage_row(Fixture *fixture, const char *change_of_state, int64_t verified_at)
{
    write_rows(fixture, 0, 600);
    uint64_t generation = close_env(fixture);
    static const char row[] = "\0\0\1\xf4\xf4\1\0\0"; /* number 500, as key and as value */
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(fixture->data, &bytes, &length, NULL));
    for (char *at = bytes; (at = memmem(at, (size_t)(bytes + length - at), row, sizeof row - 1)); at++)
        write_zeros(fixture, at - bytes + 4, 1);
    g_autofree char *state = state_of(fixture, generation);
    g_autofree char *marked = g_strconcat(change_of_state, state + strlen(change_of_state), NULL);
    catalog_mark_write(fixture->directory_fd, marked, verified_at);
    return generation;
}

static void test_marked_is_not_verified(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_assert_true(is_marked(fixture, damage_row(fixture, "", catalog_mark_now())));
    assert_opens(fixture, true);
    g_autoptr(GError) error = NULL;
    g_assert_false(catalog_env_verify(fixture->env, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_change_is_noticed(Fixture *fixture, const void *unused)
{
    (void)unused;
    damage_row(fixture, "", catalog_mark_now());
    g_usleep(20000);
    write_zeros(fixture, (off_t)1 << 20, 1);
    assert_opens(fixture, false);
}

static void test_mark_of_another_boot(Fixture *fixture, const void *unused)
{
    (void)unused;
    damage_row(fixture, "boot 00000000", catalog_mark_now());
    assert_opens(fixture, false);
}

static void test_mark_of_yesterday(Fixture *fixture, const void *unused)
{
    (void)unused;
    damage_row(fixture, "", catalog_mark_now() - DAY_S);
    assert_opens(fixture, false);
}

static void test_mark_of_tomorrow(Fixture *fixture, const void *unused)
{
    (void)unused;
    damage_row(fixture, "", catalog_mark_now() + 60);
    assert_opens(fixture, false);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/catalog-mark/own-work-stays-marked", test_own_work_stays_marked);
    ADD("/catalog-mark/work-of-others-is-not-marked", test_work_of_others_is_not_marked);
    ADD("/catalog-mark/marked-is-not-verified", test_marked_is_not_verified);
    ADD("/catalog-mark/change-is-noticed", test_change_is_noticed);
    ADD("/catalog-mark/another-boot", test_mark_of_another_boot);
    ADD("/catalog-mark/yesterday", test_mark_of_yesterday);
    ADD("/catalog-mark/tomorrow", test_mark_of_tomorrow);
    return g_test_run();
}
