/* Forgetting against a model: histories by chance, of which the model keeps what each snapshot showed when it was
 * published. Whatever is forgotten, repacked or rebuilt afterwards, the snapshots that remain show the same. */
#include <glib/gstdio.h>
#include <string.h>

#include "body.h"
#include "catalog_query.h"
#include "error.h"
#include "index_replace.h"
#include "number_set.h"
#include "pack_file.h"
#include "rebuild.h"
#include "repack.h"
#include "repository_fixture.h"
#include "repository_private.h"
#include "writer_prune.h"

#define ACCOUNTS 2
#define MAILBOXES 3
#define UIDS 12
#define ROUNDS 12
#define STEPS 60

typedef struct {
    uint32_t snapshot;
    uint32_t account;
    char *dump;
    ContentId hash;
} Published;

typedef struct {
    uint32_t number; /* 0: not there yet */
    bool shown;
    bool has[UIDS]; /* now */
    bool had[UIDS]; /* ever, so that its content is settled */
} ModelMailbox;

typedef struct {
    uint32_t accounts[ACCOUNTS];
    ModelMailbox mailboxes[ACCOUNTS][MAILBOXES];
    GArray *published; /* Published */
} Model;

static gint32 below(gint32 end)
{
    return g_test_rand_int_range(0, end);
}

static void clear_published(void *data)
{
    g_free(((Published *)data)->dump);
}

static void model_begin(Model *model, Fixture *fixture)
{
    *model = (Model){.published = g_array_new(FALSE, FALSE, sizeof(Published))};
    g_array_set_clear_func(model->published, clear_published);
    model->accounts[0] = fixture->account;
    g_assert_true(writer_add_account(fixture->writer, "bob@example.com", &model->accounts[1], NULL));
}

static char *name_of(int mailbox, int variant)
{
    return g_strdup_printf("Box-%d%s", mailbox, variant ? "-renamed" : "");
}

static void show(Fixture *fixture, ModelMailbox *mailbox, int index)
{
    g_autofree char *name = name_of(index, below(2));
    MailboxListing listing = {.name = (const uint8_t *)name, .name_length = strlen(name), .delimiter = '/'};
    if (mailbox->number == 0)
        mailbox->number = fixture_mailbox(fixture, name, (uint32_t)index + 1);
    else
        g_assert_true(writer_show_mailbox(fixture->writer, fixture->account, mailbox->number, &listing, NULL));
    mailbox->shown = true;
}

/* Every third has an attachment, of which there are few, so that parts are shared. */
static char *text_of(uint32_t account, uint32_t mailbox, uint32_t uid)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "From: a@b\r\nSubject: %u\r\n\r\n%u %u\r\n", uid, account, mailbox);
    if (uid % 3 != 0)
        return g_string_free(text, FALSE);
    uint8_t bytes[3000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i * (uid + 7) >> 3);
    g_autofree char *encoded = g_base64_encode(bytes, sizeof bytes);
    for (size_t i = 0; i < strlen(encoded); i += 76)
        g_string_append_printf(text, "%.76s\r\n", encoded + i);
    return g_string_free(text, FALSE);
}

static void toggle(Fixture *fixture, ModelMailbox *mailbox, uint32_t uid)
{
    if (mailbox->has[uid - 1]) {
        g_assert_true(writer_remove_message(fixture->writer, fixture->account, mailbox->number, uid, NULL));
    } else {
        g_autofree char *text = text_of(fixture->account, mailbox->number, uid);
        OriginId origin = {.bytes = {(uint8_t)mailbox->number, (uint8_t)uid}};
        fixture_message(fixture, mailbox->number, uid, text);
        g_assert_true(writer_set_origin(fixture->writer, fixture->account, mailbox->number, uid, &origin, NULL));
    }
    mailbox->has[uid - 1] = !mailbox->has[uid - 1];
}

static void flag(Fixture *fixture, const ModelMailbox *mailbox, uint32_t uid)
{
    MessageFlags flags = {.flags = (uint32_t)below(2), .keywords = below(2) ? "$Work" : ""};
    if (mailbox->has[uid - 1])
        g_assert_true(writer_set_flags(fixture->writer, fixture->account, mailbox->number, uid, &flags, NULL));
}

static void change(Model *model, Fixture *fixture, int account)
{
    int index = below(MAILBOXES);
    ModelMailbox *mailbox = &model->mailboxes[account][index];
    uint32_t uid = (uint32_t)below(UIDS) + 1;
    int what = below(20);
    if (!mailbox->shown || what == 0) {
        show(fixture, mailbox, index);
    } else if (what == 1) {
        g_assert_true(writer_hide_mailbox(fixture->writer, fixture->account, mailbox->number, NULL));
        mailbox->shown = false;
    } else if (what < 10) {
        toggle(fixture, mailbox, uid);
    } else {
        flag(fixture, mailbox, uid);
    }
}

static void publish(Model *model, Fixture *fixture)
{
    Published published = {.account = fixture->account, .snapshot = fixture_publish(fixture)};
    if (published.snapshot == 0)
        return;
    published.dump = fixture_dump(fixture, published.snapshot);
    published.hash = fixture_snapshot(fixture, published.snapshot).hash;
    g_array_append_val(model->published, published);
}

static void live(Model *model, Fixture *fixture)
{
    for (int step = 0; step < STEPS; step++) {
        int account = below(ACCOUNTS);
        fixture->account = model->accounts[account];
        if (below(6) == 0)
            publish(model, fixture);
        else
            change(model, fixture, account);
    }
    g_assert_true(writer_commit(fixture->writer, NULL));
}

static void assert_as_published(const Model *model, Fixture *fixture)
{
    for (guint i = 0; i < model->published->len; i++) {
        const Published *published = &g_array_index(model->published, Published, i);
        fixture->account = published->account;
        g_autofree char *dump = fixture_dump(fixture, published->snapshot);
        g_assert_cmpstr(dump, ==, published->dump);
        SnapshotInfo info = fixture_snapshot(fixture, published->snapshot);
        g_assert_true(content_id_equal(&info.hash, &published->hash));
    }
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

/* What was known of a hidden mailbox may be known no more: the mirror looks anew when it comes back. */
static void relearn(Model *model, Fixture *fixture, int account)
{
    g_autoptr(View) view = view_acquire(fixture->repository, NULL);
    g_autoptr(GPtrArray) epochs = view_mailbox_epochs(view, model->accounts[account], NULL);
    for (int i = 0; i < MAILBOXES; i++) {
        ModelMailbox *mailbox = &model->mailboxes[account][i];
        bool known = false;
        for (guint j = 0; j < epochs->len; j++)
            known |= ((MailboxInfo *)epochs->pdata[j])->mailbox == mailbox->number;
        g_assert_true(known || !mailbox->shown);
        if (!known)
            *mailbox = (ModelMailbox){0};
        for (uint32_t uid = 1; uid <= UIDS && !mailbox->shown; uid++) {
            MessageRow row;
            mailbox->has[uid - 1] = known && view_message(view, mailbox->number, uid, SNAPSHOT_CURRENT, &row, NULL);
        }
    }
}

static void forget_some(Model *model, Fixture *fixture)
{
    int account = below(ACCOUNTS), one_in = below(4) + 1;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = model->published->len; i-- > 0;) {
        const Published *published = &g_array_index(model->published, Published, i);
        if (published->account != model->accounts[account] || below(one_in) != 0)
            continue;
        g_array_prepend_val(numbers, published->snapshot);
        g_array_remove_index(model->published, i);
    }
    g_autoptr(GError) error = NULL;
    fixture->account = model->accounts[account];
    g_autofree char *before = fixture_dump(fixture, SNAPSHOT_CURRENT);
    writer_forget(fixture->writer, fixture->account, numbers, &error);
    g_assert_no_error(error);
    g_autofree char *after = fixture_dump(fixture, SNAPSHOT_CURRENT);
    g_assert_cmpstr(before, ==, after);
    relearn(model, fixture, account);
}

static void repack_some(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    RepackTotals totals;
    RepackOptions options = {.best = below(2) == 0};
    g_autoptr(GArray) uses = repack_survey(fixture->repository, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) packs = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < uses->len; i++) {
        const PackUse *use = &g_array_index(uses, PackUse, i);
        g_assert_cmpuint(use->live_bytes, <=, use->bytes);
        if (below(2))
            g_array_append_val(packs, use->pack);
    }
    repack(fixture->writer, packs, &options, &totals, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(totals.packs, ==, packs->len);
    for (guint i = 0; i < packs->len; i++) {
        g_autofree char *path = pack_file_path(fixture->repository->packs_directory, g_array_index(packs, uint32_t, i));
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

static void rebuild(Fixture *fixture)
{
    g_autofree char *index = g_build_filename(fixture->path, "index", NULL);
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    remove_tree(index);
    fixture_reopen(fixture);
    const char *const *notices = repository_notices(fixture->repository);
    g_assert_cmpstr(notices[0], ==, "the index was rebuilt from the packs (it was missing)");
    g_assert_null(notices[1]);
    fixture_open_writer(fixture);
}

static void replace_index(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    writer_replace_index(fixture->writer, &error);
    g_assert_no_error(error);
}

/* Every row of the catalog but for the places of blobs, which depend on history, and the newest position. */
static char *rows_of(Fixture *fixture)
{
    GString *rows = g_string_new(NULL);
    g_autoptr(CatalogTxn) txn = repository_read_begin(fixture->repository, NULL);
    for (CatalogTable table = TABLE_MAILBOXES; table < TABLE_COUNT; table++) {
        if (table == TABLE_BLOBS)
            continue;
        CatalogKey from = {0};
        g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, table, &from, 0, NULL);
        Reader key, value;
        while (catalog_scan_next(scan, &key, &value, NULL) == CATALOG_FOUND) {
            g_string_append_printf(rows, "\n%d ", table);
            for (; reader_left(&key) > 0;)
                g_string_append_printf(rows, "%02x", take_u8(&key));
            g_string_append_c(rows, ' ');
            for (; reader_left(&value) > 0;)
                g_string_append_printf(rows, "%02x", take_u8(&value));
        }
    }
    return g_string_free(rows, FALSE);
}

static void test_random_histories(Fixture *fixture, const void *unused)
{
    (void)unused;
    Model model;
    model_begin(&model, fixture);
    for (int round = 0; round < ROUNDS; round++) {
        live(&model, fixture);
        assert_as_published(&model, fixture);
        forget_some(&model, fixture);
        assert_as_published(&model, fixture);
        if (below(2))
            repack_some(fixture);
        if (below(3) == 0)
            replace_index(fixture);
        assert_as_published(&model, fixture);
        if (below(2)) {
            g_autofree char *before = rows_of(fixture);
            rebuild(fixture);
            g_autofree char *after = rows_of(fixture);
            g_assert_cmpstr(before, ==, after);
        }
        assert_as_published(&model, fixture);
    }
    g_array_unref(model.published);
}

static void forget(Fixture *fixture, uint32_t snapshot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(numbers, snapshot);
    writer_forget(fixture->writer, fixture->account, numbers, &error);
    g_assert_no_error(error);
}

static void repack_all(Fixture *fixture, RepackTotals *totals)
{
    g_autoptr(GError) error = NULL;
    const RepackOptions options = {0};
    g_autoptr(GArray) packs = pack_file_list(fixture->repository->packs_directory, &error);
    repack(fixture->writer, packs, &options, totals, &error);
    g_assert_no_error(error);
}

/* Numbers are places in a mount: what is gone must not come back as something else. */
static void test_numbers_are_not_used_again(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t kept = fixture_mailbox(fixture, "Kept", 1), gone = fixture_mailbox(fixture, "Gone", 2);
    uint32_t first = fixture_publish(fixture);
    g_assert_true(writer_hide_mailbox(fixture->writer, fixture->account, gone, NULL));
    fixture_message(fixture, kept, 1, "x");
    uint32_t second = fixture_publish(fixture);
    forget(fixture, first);
    forget(fixture, second);
    RepackTotals totals;
    repack_all(fixture, &totals);
    rebuild(fixture);
    g_assert_cmpuint(fixture_publish(fixture), >, second); /* though nothing is new: no snapshot shows what is there */
    g_assert_cmpuint(fixture_mailbox(fixture, "New", 3), >, gone);
}

static void test_bytes_go_with_their_last_snapshot(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autofree char *long_text = text_of(1, 2, 3);
    uint32_t mailbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, mailbox, 1, "stays");
    fixture_message(fixture, mailbox, 2, long_text);
    uint32_t first = fixture_publish(fixture);
    g_assert_true(writer_remove_message(fixture->writer, fixture->account, mailbox, 2, NULL));
    fixture_publish(fixture);
    RepackTotals totals;
    repack_all(fixture, &totals);
    g_assert_cmpuint(totals.copied_bytes, >, 3000);
    forget(fixture, first);
    repack_all(fixture, &totals);
    g_assert_cmpuint(totals.copied_bytes, ==, strlen("stays"));
    g_assert_cmpuint(totals.unreadable, ==, 0);
    CheckOptions options = {.read_data = true};
    CheckTotals checked;
    g_assert_true(check_repository(fixture->repository, &options, &checked, NULL));
    g_assert_cmpuint(checked.blobs, ==, 1);
}

static void damage(const char *path, const char *text)
{
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    char *found = memmem(bytes, length, text, strlen(text));
    g_assert_nonnull(found);
    *found ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

/* Nothing is deleted that could not be copied. */
static void test_damaged_pack_stays(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t mailbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, mailbox, 1, "it will be damaged");
    fixture_publish(fixture);
    g_autofree char *path = pack_file_path(fixture->repository->packs_directory, 1);
    damage(path, "it will be damaged");
    g_clear_pointer(&fixture->writer, writer_close);
    fixture_reopen(fixture);
    fixture_open_writer(fixture);
    RepackTotals totals;
    repack_all(fixture, &totals);
    g_assert_cmpuint(totals.unreadable, ==, 1);
    g_assert_cmpuint(totals.packs, ==, 0);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* An index from before the packs were emptied lacks batches that are gone. */
static void test_index_from_before_is_rebuilt(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autofree char *data = g_build_filename(fixture->path, "index", "data.mdb", NULL);
    g_autofree char *old = NULL;
    gsize length;
    uint32_t mailbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, mailbox, 1, "one");
    uint32_t first = fixture_publish(fixture);
    g_assert_true(g_file_get_contents(data, &old, &length, NULL));
    fixture_message(fixture, mailbox, 2, "two");
    uint32_t second = fixture_publish(fixture);
    forget(fixture, first);
    RepackTotals totals;
    repack_all(fixture, &totals);
    g_autofree char *before = fixture_dump(fixture, second);
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    g_assert_true(g_file_set_contents(data, old, (gssize)length, NULL));
    fixture_reopen(fixture);
    g_autofree char *after = fixture_dump(fixture, second);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
    g_assert_cmpstr(repository_notices(fixture->repository)[0], ==,
                    "the index was rebuilt from the packs (it was older than the packs)");
}

/* As another process would see it; LMDB wants a process to open a file once, so the index is another one by then. */
static void test_reader_follows(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    uint32_t mailbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, mailbox, 1, "in a pack that goes");
    fixture_publish(fixture);
    MessageRow row;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    g_assert_true(view_message_properties(view, mailbox, 1, &row, &error));
    g_autoptr(Body) body = body_open(view, &row.id, &error);
    g_assert_no_error(error);
    g_clear_pointer(&view, view_release);
    uint64_t generation = repository_generation(fixture->repository);
    RepackTotals totals;
    repack_all(fixture, &totals);
    g_assert_cmpuint(totals.packs, ==, 1);
    replace_index(fixture);
    g_assert_cmpuint(repository_generation(fixture->repository), !=, generation);
    g_assert_true(body_stream(body, NULL, NULL, &error));
    g_assert_no_error(error);
}

static PackUse use_of(uint32_t pack, uint64_t bytes, uint64_t live_bytes)
{
    return (PackUse){.pack = pack, .bytes = bytes, .live_bytes = live_bytes};
}

static void assert_chosen(const PackUse *uses, guint count, uint64_t checkpoint_bytes, const char *expected)
{
    g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof(PackUse));
    g_array_append_vals(array, uses, count);
    g_autoptr(GArray) chosen = repack_choose(array, checkpoint_bytes, 5);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < chosen->len; i++)
        g_string_append_printf(text, " %u", g_array_index(chosen, uint32_t, i));
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_choice(void)
{
    const PackUse sound[] = {use_of(1, 1000, 1000), use_of(2, 1000, 960)};
    assert_chosen(sound, 2, 0, "");
    const PackUse journals[] = {use_of(1, 1000, 800)};
    assert_chosen(journals, 1, 200, ""); /* they are needed, or a checkpoint as large */
    assert_chosen(journals, 1, 20, " 1");
    const PackUse more_than_journals[] = {use_of(1, 1000, 800), use_of(2, 60, 0)};
    assert_chosen(more_than_journals, 2, 200, " 1 2");
    const PackUse worst_first[] = {use_of(3, 1000, 900), use_of(4, 1000, 100), use_of(9, 1000, 990)};
    assert_chosen(worst_first, 3, 0, " 3 4");
    const PackUse one_is_enough[] = {use_of(3, 1000, 960), use_of(4, 1000, 100), use_of(9, 1000, 990)};
    assert_chosen(one_is_enough, 3, 0, " 4");
    const PackUse empty[] = {use_of(3, 64, 0), use_of(4, 1000, 1000)};
    assert_chosen(empty, 2, 0, " 3");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/forget/random-histories", Fixture, NULL, fixture_set_up, test_random_histories, fixture_tear_down);
#define FORGET_TEST(name, function)                                                                                    \
    g_test_add("/forget/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
    FORGET_TEST("numbers", test_numbers_are_not_used_again);
    FORGET_TEST("bytes", test_bytes_go_with_their_last_snapshot);
    FORGET_TEST("damaged-pack", test_damaged_pack_stays);
    FORGET_TEST("index-from-before", test_index_from_before_is_rebuilt);
    FORGET_TEST("reader", test_reader_follows);
    g_test_add_func("/forget/choice", test_choice);
    return g_test_run();
}
