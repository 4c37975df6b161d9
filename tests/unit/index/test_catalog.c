#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog_apply.h"
#include "catalog_change.h"
#include "catalog_env.h"
#include "catalog_query.h"
#include "catalog_records.h"
#include "catalog_set_hash.h"
#include "error.h"

typedef struct {
    char *directory;
    CatalogEnv *env;
} Fixture;

static void set_up(Fixture *fixture, const void *unused)
{
    (void)unused;
    fixture->directory = g_dir_make_tmp("catalog-XXXXXX", NULL);
    fixture->env = catalog_env_open(fixture->directory, true, NULL);
    g_assert_nonnull(fixture->env);
}

static void tear_down(Fixture *fixture, const void *unused)
{
    (void)unused;
    catalog_env_close(fixture->env);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", fixture->directory);
    g_assert_cmpint(system(command), ==, 0);
    g_free(fixture->directory);
}

static void put(CatalogTxn *txn, CatalogKey key, const char *text)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_bytes(value, text, strlen(text));
    g_assert_true(catalog_put(txn, TABLE_META, &key, value, NULL));
}

static void test_put_get_delete(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogKey key = key_u32(7), other = key_u32(8);
    CatalogTxn *write = catalog_write_begin(fixture->env, NULL);
    put(write, key, "seven");
    g_assert_true(catalog_write_commit(write, NULL));

    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    Reader value;
    g_assert_cmpint(catalog_get(read, TABLE_META, &key, &value, NULL), ==, CATALOG_FOUND);
    g_assert_cmpmem(value.at, reader_left(&value), "seven", 5);
    g_assert_cmpint(catalog_get(read, TABLE_META, &other, &value, NULL), ==, CATALOG_ABSENT);
}

static void test_abort_leaves_nothing(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogKey key = key_u32(7);
    uint64_t generation = catalog_env_generation(fixture->env);
    CatalogTxn *write = catalog_write_begin(fixture->env, NULL);
    put(write, key, "seven");
    catalog_write_abort(write);
    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    Reader value;
    g_assert_cmpint(catalog_get(read, TABLE_META, &key, &value, NULL), ==, CATALOG_ABSENT);
    g_assert_cmpuint(catalog_env_generation(fixture->env), ==, generation);
}

static void test_scan_stays_in_its_prefix(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogTxn *write = catalog_write_begin(fixture->env, NULL);
    put(write, key_presence(1, 1, 1), "a");
    put(write, key_presence(1, 2, 1), "b");
    put(write, key_presence(1, 0x01020304, 1), "c");
    put(write, key_presence(2, 1, 1), "d");
    g_assert_true(catalog_write_commit(write, NULL));

    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    CatalogKey from = key_presence(1, 2, 0);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(read, TABLE_META, &from, 4, NULL);
    Reader key, value;
    g_assert_cmpint(catalog_scan_next(scan, &key, &value, NULL), ==, CATALOG_FOUND);
    g_assert_cmpint(*value.at, ==, 'b');
    g_assert_cmpint(catalog_scan_next(scan, &key, &value, NULL), ==, CATALOG_FOUND);
    take_key_u32(&key);
    g_assert_cmphex(take_key_u32(&key), ==, 0x01020304);
    g_assert_cmpint(catalog_scan_next(scan, &key, &value, NULL), ==, CATALOG_ABSENT);
}

/* Flips a bit of a value that is in the file. Through the file system, so that a map of the file sees it too. */
static void flip_bit_of(Fixture *fixture, const char *text)
{
    g_autofree char *path = g_build_filename(fixture->directory, "data.mdb", NULL);
    g_autofree char *data = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &data, &length, NULL));
    char *at = memmem(data, length, text, strlen(text));
    g_assert_nonnull(at);
    *at ^= 1;
    int fd = open(path, O_WRONLY);
    g_assert_cmpint(pwrite(fd, at, 1, at - data), ==, 1);
    close(fd);
}

static void put_what_is_easy_to_find(Fixture *fixture, CatalogKey key)
{
    CatalogTxn *write = catalog_write_begin(fixture->env, NULL);
    put(write, key, "a value that is easy to find");
    g_assert_true(catalog_write_commit(write, NULL));
}

/* A bit that flips inside LMDB's file must not come out as a value. */
static void test_flipped_bits_in_values_are_found(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogKey key = key_u32(7);
    put_what_is_easy_to_find(fixture, key);
    flip_bit_of(fixture, "easy");
    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    Reader value;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(catalog_get(read, TABLE_META, &key, &value, &error), ==, CATALOG_FAILED);
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_damaged_file_is_not_opened(Fixture *fixture, const void *unused)
{
    (void)unused;
    put_what_is_easy_to_find(fixture, key_u32(7));
    g_clear_pointer(&fixture->env, catalog_env_close);
    flip_bit_of(fixture, "easy");
    g_autoptr(GError) error = NULL;
    g_assert_null(catalog_env_open(fixture->directory, false, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

/* Aborting an inner transaction takes back what it did and nothing else. */
static void test_transaction_within_another(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogTxn *outer = catalog_write_begin(fixture->env, NULL);
    put(outer, key_u32(1), "kept");
    CatalogTxn *inner = catalog_write_begin_within(outer, NULL);
    put(inner, key_u32(2), "taken back");
    catalog_write_abort(inner);
    g_assert_true(catalog_write_commit(outer, NULL));
    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    Reader value;
    CatalogKey kept = key_u32(1), taken_back = key_u32(2);
    g_assert_cmpint(catalog_get(read, TABLE_META, &kept, &value, NULL), ==, CATALOG_FOUND);
    g_assert_cmpint(catalog_get(read, TABLE_META, &taken_back, &value, NULL), ==, CATALOG_ABSENT);
}

static void test_writable_only_when_nobody_reads(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogTxn *read = catalog_read_begin(fixture->env, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(catalog_env_make_writable(fixture->env, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_BUSY);
    catalog_read_end(read);
    g_assert_true(catalog_env_make_writable(fixture->env, NULL));
}

static CatalogChange full_change(ChangeKind kind)
{
    return (CatalogChange){.kind = kind,
                           .account = 1,
                           .snapshot = 2,
                           .mailbox = 3,
                           .uid = UINT32_MAX,
                           .uidvalidity = 5,
                           .attributes = 6,
                           .delimiter = '/',
                           .flags = 7,
                           .cursor = {.uidnext = 8, .messages = 9, .highestmodseq = UINT64_MAX},
                           .id = {.bytes = {1, 2, 3}},
                           .size = 10,
                           .time = -11,
                           .name = (const uint8_t *)"name",
                           .name_length = 4,
                           .keywords = "$Forwarded",
                           .keywords_length = 10,
                           .complete = true};
}

static void test_changes_round_trip(void)
{
    for (ChangeKind kind = CHANGE_ACCOUNT; kind <= CHANGE_PUBLISH; kind++) {
        CatalogChange change = full_change(kind), again;
        g_autoptr(GByteArray) bytes = g_byte_array_new(), bytes_again = g_byte_array_new();
        catalog_change_put(bytes, &change);
        Reader in = reader_of(bytes->data, bytes->len);
        g_assert_true(catalog_change_take(&in, &again, NULL));
        g_assert_true(reader_done(&in));
        catalog_change_put(bytes_again, &again);
        g_assert_cmpmem(bytes->data, bytes->len, bytes_again->data, bytes_again->len);
        for (guint length = 0; length < bytes->len; length++) {
            in = reader_of(bytes->data, length);
            g_assert_false(catalog_change_take(&in, &again, NULL));
        }
    }
}

static void test_set_hash_does_not_know_order(void)
{
    MessageRecord messages[3] = {{.size = 1}, {.size = 2}, {.size = 3}};
    SpanRecord span = {.flags = 1, .keywords = ""};
    SetHash forward = {0}, backward = {0};
    for (uint32_t i = 0; i < 3; i++)
        set_hash_add(&forward, i + 1, &messages[i], &span);
    for (uint32_t i = 3; i-- > 0;)
        set_hash_add(&backward, i + 1, &messages[i], &span);
    g_assert_cmpmem(&forward, sizeof forward, &backward, sizeof backward);
    set_hash_remove(&forward, 2, &messages[1], &span);
    g_assert_true(memcmp(&forward, &backward, sizeof forward) != 0);
    set_hash_remove(&forward, 1, &messages[0], &span);
    set_hash_remove(&forward, 3, &messages[2], &span);
    static const SetHash zero;
    g_assert_cmpmem(&forward, sizeof forward, &zero, sizeof zero);
}

/* No number stands for "none": 0 is as unknown as any other. */
static void assert_misfit(CatalogTxn *txn, CatalogChange change)
{
    g_autoptr(GError) error = NULL;
    CatalogSums sums = {.txn = txn};
    g_assert_false(catalog_apply(&sums, &change, &error) && catalog_sums_settle(&sums, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_what_is_unknown_does_not_fit(Fixture *fixture, const void *unused)
{
    (void)unused;
    CatalogTxn *write = catalog_write_begin(fixture->env, NULL);
    for (uint32_t number = 0; number < 2; number++) {
        assert_misfit(write, (CatalogChange){.kind = CHANGE_CURSOR, .mailbox = number});
        assert_misfit(write, (CatalogChange){.kind = CHANGE_SHOW, .account = number, .mailbox = 1});
    }
    catalog_write_abort(write);
}

enum { LARGE_ROWS = 80 * 1000, LARGE_VALUE_BYTES = 500 };

/* No two neighbours are put one after the other, so that the order of rows is not that of pages. */
static CatalogKey large_key(uint32_t row)
{
    return key_u32(row * 2654435761u);
}

static void make_large(CatalogEnv *env)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    g_byte_array_set_size(value, LARGE_VALUE_BYTES);
    memset(value->data, 'm', value->len);
    CatalogTxn *write = catalog_write_begin(env, NULL);
    for (uint32_t row = 0; row < LARGE_ROWS; row++) {
        CatalogKey key = large_key(row);
        g_assert_true(catalog_put(write, TABLE_META, &key, value, NULL));
    }
    g_assert_true(catalog_write_commit(write, NULL));
}

static uint64_t resident_of_files(void)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    g_auto(GStrv) pages = g_strsplit(text, " ", 4);
    return g_ascii_strtoull(pages[2], NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint32_t list_all(CatalogTxn *txn)
{
    CatalogKey from = {.length = 0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_META, &from, 0, NULL);
    Reader key, value;
    uint32_t rows = 0;
    while (catalog_scan_next(scan, &key, &value, NULL) == CATALOG_FOUND)
        rows++;
    return rows;
}

static void look_up_all(CatalogTxn *txn)
{
    for (uint32_t row = 0; row < LARGE_ROWS; row++) {
        CatalogKey key = large_key(row);
        Reader value;
        g_assert_cmpint(catalog_get(txn, TABLE_META, &key, &value, NULL), ==, CATALOG_FOUND);
    }
}

/* All of it is read, and little of it is resident afterwards: the file has 60 MiB. */
static void test_large_catalogs_are_let_go(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_large(fixture->env);
    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    uint64_t before = resident_of_files();
    look_up_all(read);
    g_assert_cmpuint(resident_of_files(), <, before + (20 << 20));
    g_assert_cmpuint(list_all(read), ==, LARGE_ROWS);
    g_assert_cmpuint(resident_of_files(), <, before + (20 << 20));
}

/* In several transactions, and with nothing lost between two of them. */
static void test_large_catalogs_are_copied(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_large(fixture->env);
    g_autofree char *directory = g_build_filename(fixture->directory, "copy", NULL);
    g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
    g_autoptr(CatalogEnv) copy = catalog_env_build(directory, NULL);
    g_autoptr(CatalogTxn) read = catalog_read_begin(fixture->env, NULL);
    uint64_t generation = catalog_env_generation(copy);
    g_assert_true(catalog_env_copy(read, copy, NULL));
    g_assert_cmpuint(catalog_env_generation(copy) - generation, >=, LARGE_ROWS / 10000);
    g_autoptr(CatalogTxn) copied = catalog_read_begin(copy, NULL);
    look_up_all(copied);
    g_assert_cmpuint(list_all(copied), ==, LARGE_ROWS);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/catalog/put-get-delete", test_put_get_delete);
    ADD("/catalog/abort-leaves-nothing", test_abort_leaves_nothing);
    ADD("/catalog/scan-stays-in-its-prefix", test_scan_stays_in_its_prefix);
    ADD("/catalog/flipped-bits-in-values-are-found", test_flipped_bits_in_values_are_found);
    ADD("/catalog/damaged-file-is-not-opened", test_damaged_file_is_not_opened);
    ADD("/catalog/transaction-within-another", test_transaction_within_another);
    ADD("/catalog/writable-only-when-nobody-reads", test_writable_only_when_nobody_reads);
    ADD("/catalog/large-catalogs-are-let-go", test_large_catalogs_are_let_go);
    ADD("/catalog/large-catalogs-are-copied", test_large_catalogs_are_copied);
    ADD("/catalog/what-is-unknown-does-not-fit", test_what_is_unknown_does_not_fit);
    g_test_add_func("/catalog/changes-round-trip", test_changes_round_trip);
    g_test_add_func("/catalog/set-hash-does-not-know-order", test_set_hash_does_not_know_order);
    return g_test_run();
}
