#include <glib/gstdio.h>
#include <string.h>

#include "digest.h"
#include "error.h"
#include "repository_fixture.h"

static void test_create_twice(void)
{
    g_autofree char *path = g_dir_make_tmp("repository-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(repository_create(path, NULL));
    g_assert_false(repository_create(path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_EXISTS);
    remove_tree(path);
}

static void test_not_a_repository(void)
{
    g_autofree char *path = g_dir_make_tmp("repository-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(path, "something", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(repository_open(path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(file, "else", -1, NULL));
    g_assert_false(repository_create(path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_EXISTS);
    remove_tree(path);
}

/* What a run leaves that was killed before the format file was there; and the same with something of somebody's. */
static void test_create_again_after_a_kill(void)
{
    g_autofree char *path = g_dir_make_tmp("repository-XXXXXX", NULL);
    g_autofree char *format = g_build_filename(path, "format", NULL);
    g_autofree char *pack = g_build_filename(path, "packs", "00", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(repository_create(path, NULL));
    g_assert_cmpint(g_unlink(format), ==, 0);
    g_assert_true(repository_create(path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_unlink(format), ==, 0);
    g_assert_cmpint(g_mkdir(pack, 0700), ==, 0);
    g_assert_false(repository_create(path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_EXISTS);
    remove_tree(path);
}

static void test_other_format_version(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_clear_pointer(&fixture->writer, writer_close);
    g_autofree char *path = g_build_filename(fixture->path, "format", NULL);
    g_assert_true(g_file_set_contents(path, "[mailbackup]\nversion=3\nid=00\nencryption=none\n", -1, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(repository_open(fixture->path, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_FORMAT);
}

static void test_second_writer_is_refused(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autoptr(Repository) again = repository_open(fixture->path, &error);
    g_assert_null(writer_open(again, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_BUSY);
}

static void test_messages_come_back(Fixture *fixture, const void *unused)
{
    (void)unused;
    static const char with_nul[] = "a\0b\nc\rd\r\n\0";
    g_autofree char *large = g_malloc(5000001);
    for (size_t i = 0; i < 5000001; i++)
        large[i] = (char)(i * i >> 7);
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, inbox, 1, "");
    fixture_message_bytes(fixture, inbox, 2, with_nul, sizeof with_nul);
    fixture_message_bytes(fixture, inbox, 3, large, 5000001);
    fixture_message(fixture, inbox, 4, "after the large one");
    fixture_publish(fixture);

    size_t length;
    g_autofree char *empty G_GNUC_UNUSED = fixture_read(fixture, inbox, 1, &length);
    g_assert_cmpuint(length, ==, 0);
    g_autofree char *nul = fixture_read(fixture, inbox, 2, &length);
    g_assert_cmpmem(nul, length, with_nul, sizeof with_nul);
    g_autofree char *big = fixture_read(fixture, inbox, 3, &length);
    g_assert_cmpmem(big, length, large, 5000001);
    g_autofree char *last = fixture_read(fixture, inbox, 4, &length);
    g_assert_cmpmem(last, length, "after the large one", 19);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void test_same_bytes_are_stored_once(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1), sent = fixture_mailbox(fixture, "Sent", 1);
    fixture_message(fixture, inbox, 1, "the same");
    fixture_message(fixture, inbox, 2, "the same");
    g_assert_true(writer_commit(fixture->writer, NULL));
    fixture_message(fixture, sent, 1, "the same");
    fixture_publish(fixture);
    WriterTotals totals = writer_totals(fixture->writer);
    g_assert_cmpuint(totals.messages, ==, 3);
    g_assert_cmpuint(totals.message_bytes, ==, 24);
    g_assert_cmpuint(totals.new_bytes, ==, 8);
}

static void check_copy(Fixture *fixture, uint32_t mailbox, const OriginId *origin)
{
    g_autoptr(View) view = view_acquire(fixture->repository, NULL);
    MessageRow row;
    g_assert_true(view_message_by_origin(view, fixture->account, origin, &row, NULL));
    g_assert_cmpuint(row.uid, ==, 7);
    size_t length;
    g_autofree char *text = fixture_read(fixture, mailbox, 1, &length);
    g_assert_cmpmem(text, length, "Subject: once\n", 14);
}

/* A message known by what the server calls its content is found by that name and stored again without its bytes, also
 * after the index was rebuilt. */
static void test_copies_by_origin(Fixture *fixture, const void *unused)
{
    (void)unused;
    static const OriginId origin = {.bytes = "0123456789abcde"}, other = {.bytes = "not seen so far"};
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1), archive = fixture_mailbox(fixture, "Archive", 1);
    fixture_message(fixture, inbox, 7, "Subject: once\n");
    g_assert_true(writer_set_origin(fixture->writer, fixture->account, inbox, 7, &origin, NULL));
    g_assert_true(writer_commit(fixture->writer, NULL));
    MessageCopy copy = {.account = fixture->account,
                        .mailbox = archive,
                        .uid = 1,
                        .flags = {.keywords = ""},
                        .from_mailbox = inbox,
                        .from_uid = 7};
    g_assert_true(writer_add_copy(fixture->writer, &copy, NULL));
    copy.from_uid = 8;
    g_autoptr(GError) error = NULL;
    g_assert_false(writer_add_copy(fixture->writer, &copy, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    check_copy(fixture, archive, &origin);

    g_autofree char *index = g_build_filename(fixture->path, "index", NULL);
    g_clear_pointer(&fixture->writer, writer_close);
    remove_tree(index);
    fixture_reopen(fixture);
    check_copy(fixture, archive, &origin);
    g_autoptr(View) view = view_acquire(fixture->repository, NULL);
    MessageRow row;
    g_assert_false(view_message_by_origin(view, fixture->account, &other, &row, NULL));
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void test_nothing_new_makes_no_snapshot(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, inbox, 1, "one");
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    MailboxCursor cursor = {.uidnext = 2, .messages = 1};
    g_assert_true(writer_set_cursor(fixture->writer, inbox, &cursor, NULL));
    g_assert_cmpuint(fixture_publish(fixture), ==, 0);
    fixture_reopen(fixture);
    fixture_open_writer(fixture);
    g_assert_cmpuint(fixture_publish(fixture), ==, 0);
    bool published;
    uint32_t snapshot;
    g_assert_true(writer_publish(fixture->writer, fixture->account, false, &published, &snapshot, NULL));
    g_assert_true(published); /* complete before, partial now: that is news */
}

static void test_uid_with_two_contents_is_refused(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, inbox, 1, "one");
    g_assert_true(writer_commit(fixture->writer, NULL));
    g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
    MessageFlags flags = {.keywords = ""};
    g_autoptr(GError) error = NULL;
    g_assert_true(spool_append(spool, "other", 5, NULL));
    g_assert_false(writer_add_message(fixture->writer, fixture->account, inbox, 1, 0, &flags, spool, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_EXISTS);
}

/* Every step may be repeated: the same message twice is there once. */
static void test_adding_twice_is_no_harm(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    fixture_message(fixture, inbox, 1, "one");
    fixture_message(fixture, inbox, 1, "one");
    fixture_publish(fixture);
    fixture_message(fixture, inbox, 1, "one");
    uint32_t snapshot = fixture_publish(fixture);
    g_assert_cmpuint(fixture_snapshot(fixture, snapshot).messages, ==, 1);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

/* Random histories against a model: whatever happens, every snapshot goes on showing what it showed when it was made.
 */

#define MODEL_MAILBOXES 3
#define MODEL_UIDS 40

typedef struct {
    uint32_t number[MODEL_MAILBOXES];
    bool shown[MODEL_MAILBOXES];
    bool present[MODEL_MAILBOXES][MODEL_UIDS];
    uint32_t flags[MODEL_MAILBOXES][MODEL_UIDS];
} Model;

static const char *const model_names[MODEL_MAILBOXES] = {"INBOX", "Archive", "Archive/2019"};

static char *model_text(unsigned mailbox, unsigned uid)
{
    return g_strdup_printf("From: m%u@example.com\nSubject: %u\n\nmessage %u", mailbox, uid, uid % 5);
}

static void model_dump_mailbox(const Model *model, unsigned mailbox, GString *out)
{
    g_string_append_printf(out, "%s %u\n", model_names[mailbox], 100 + mailbox);
    for (unsigned uid = 1; uid < MODEL_UIDS; uid++) {
        if (!model->present[mailbox][uid])
            continue;
        g_autofree char *text = model_text(mailbox, uid);
        ContentId id;
        char hex[CONTENT_ID_HEX_SIZE];
        digest_of(text, strlen(text), &id);
        content_id_hex(&id, hex);
        g_string_append_printf(out, "  %u %x %s %s\n", uid, model->flags[mailbox][uid], "", hex);
    }
}

static char *model_dump(const Model *model)
{
    GString *out = g_string_new(NULL);
    for (unsigned mailbox = 0; mailbox < MODEL_MAILBOXES; mailbox++)
        if (model->shown[mailbox])
            model_dump_mailbox(model, mailbox, out);
    return g_string_free(out, FALSE);
}

static void model_step_message(Model *model, Fixture *fixture, unsigned mailbox)
{
    unsigned uid = (unsigned)g_test_rand_int_range(1, MODEL_UIDS);
    bool *present = &model->present[mailbox][uid];
    uint32_t *flags = &model->flags[mailbox][uid];
    if (!*present) {
        g_autofree char *text = model_text(mailbox, uid);
        fixture_message(fixture, model->number[mailbox], uid, text);
        *present = true;
        *flags = 0;
    } else if (g_test_rand_bit()) {
        g_assert_true(writer_remove_message(fixture->writer, fixture->account, model->number[mailbox], uid, NULL));
        *present = false;
    } else {
        MessageFlags new_flags = {.flags = (uint32_t)g_test_rand_int_range(0, 32), .keywords = ""};
        g_assert_true(
            writer_set_flags(fixture->writer, fixture->account, model->number[mailbox], uid, &new_flags, NULL));
        *flags = new_flags.flags;
    }
}

static void model_toggle_mailbox(Model *model, Fixture *fixture, unsigned mailbox)
{
    const char *name = model_names[mailbox];
    MailboxListing listing = {.name = (const uint8_t *)name, .name_length = strlen(name), .delimiter = '/'};
    if (model->shown[mailbox])
        g_assert_true(writer_hide_mailbox(fixture->writer, fixture->account, model->number[mailbox], NULL));
    else
        g_assert_true(writer_show_mailbox(fixture->writer, fixture->account, model->number[mailbox], &listing, NULL));
    model->shown[mailbox] = !model->shown[mailbox];
}

static void model_step(Model *model, Fixture *fixture)
{
    unsigned mailbox = (unsigned)g_test_rand_int_range(0, MODEL_MAILBOXES);
    if (g_test_rand_int_range(0, 20) == 0)
        model_toggle_mailbox(model, fixture, mailbox);
    else if (g_test_rand_int_range(0, 15) == 0)
        g_assert_true(writer_commit(fixture->writer, NULL));
    else if (g_test_rand_int_range(0, 40) == 0) {
        g_assert_true(writer_commit(fixture->writer, NULL));
        fixture_reopen(fixture);
        fixture_open_writer(fixture);
    } else
        model_step_message(model, fixture, mailbox);
}

static void test_random_histories(Fixture *fixture, const void *unused)
{
    (void)unused;
    Model model = {0};
    for (unsigned i = 0; i < MODEL_MAILBOXES; i++) {
        model.number[i] = fixture_mailbox(fixture, model_names[i], 100 + i);
        model.shown[i] = true;
    }
    g_autoptr(GPtrArray) expected = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) snapshots = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int round = 0; round < 60; round++) {
        for (int steps = g_test_rand_int_range(0, 30); steps > 0; steps--)
            model_step(&model, fixture);
        uint32_t snapshot = fixture_publish(fixture);
        if (snapshot == 0)
            continue;
        g_ptr_array_add(expected, model_dump(&model));
        g_array_append_val(snapshots, snapshot);
    }
    fixture_reopen(fixture);
    for (guint i = 0; i < snapshots->len; i++) {
        g_autofree char *shown = fixture_dump(fixture, g_array_index(snapshots, uint32_t, i));
        g_assert_cmpstr(shown, ==, g_ptr_array_index(expected, i));
    }
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/repository/create-twice", test_create_twice);
    g_test_add_func("/repository/not-a-repository", test_not_a_repository);
    g_test_add_func("/repository/create-again-after-a-kill", test_create_again_after_a_kill);
    ADD("/repository/other-format-version", test_other_format_version);
    ADD("/repository/second-writer-is-refused", test_second_writer_is_refused);
    ADD("/repository/messages-come-back", test_messages_come_back);
    ADD("/repository/same-bytes-are-stored-once", test_same_bytes_are_stored_once);
    ADD("/repository/copies-by-origin", test_copies_by_origin);
    ADD("/repository/nothing-new-makes-no-snapshot", test_nothing_new_makes_no_snapshot);
    ADD("/repository/uid-with-two-contents-is-refused", test_uid_with_two_contents_is_refused);
    ADD("/repository/adding-twice-is-no-harm", test_adding_twice_is_no_harm);
    ADD("/repository/random-histories", test_random_histories);
    return g_test_run();
}
