#include "repository_fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "body.h"

void remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

void fixture_open_writer(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    fixture->writer = writer_open(fixture->repository, &error);
    g_assert_no_error(error);
}

void fixture_set_up(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_dir_make_tmp("repository-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_steal_pointer(&directory);
    g_assert_true(repository_create(fixture->path, &error));
    fixture->repository = repository_open(fixture->path, &error);
    g_assert_no_error(error);
    fixture_open_writer(fixture);
    g_assert_true(writer_add_account(fixture->writer, "alice@example.com", &fixture->account, &error));
}

void fixture_tear_down(Fixture *fixture, const void *unused)
{
    (void)unused;
    writer_close(fixture->writer);
    repository_close(fixture->repository);
    remove_tree(fixture->path);
    g_free(fixture->path);
}

void fixture_reopen(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    fixture->repository = repository_open(fixture->path, &error);
    g_assert_no_error(error);
}

uint32_t fixture_mailbox(Fixture *fixture, const char *name, uint32_t uidvalidity)
{
    uint32_t mailbox;
    g_autoptr(GError) error = NULL;
    MailboxListing listing = {.name = (const uint8_t *)name, .name_length = strlen(name), .delimiter = '/'};
    writer_add_mailbox(fixture->writer, fixture->account, uidvalidity, &listing, &mailbox, &error);
    g_assert_no_error(error);
    return mailbox;
}

void fixture_message_bytes(Fixture *fixture, uint32_t mailbox, uint32_t uid, const void *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
    MessageFlags flags = {.keywords = ""};
    g_assert_true(spool_append(spool, bytes, length, NULL));
    writer_add_message(fixture->writer, fixture->account, mailbox, uid, 1700000000 + uid, &flags, spool, &error);
    g_assert_no_error(error);
}

void fixture_message(Fixture *fixture, uint32_t mailbox, uint32_t uid, const char *text)
{
    fixture_message_bytes(fixture, mailbox, uid, text, strlen(text));
}

uint32_t fixture_publish(Fixture *fixture)
{
    bool published;
    uint32_t snapshot;
    g_autoptr(GError) error = NULL;
    writer_publish(fixture->writer, fixture->account, true, &published, &snapshot, &error);
    g_assert_no_error(error);
    g_assert_true(published == (snapshot != 0));
    return snapshot;
}

static void dump_row(const MessageRow *row, GString *out)
{
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&row->id, hex);
    g_string_append_printf(out, "  %u %x %.*s %s\n", row->uid, row->flags, (int)row->keywords_length, row->keywords,
                           hex);
}

/* The messages, and once more from the last one up, which must be the same. */
static void dump_messages(View *view, uint32_t mailbox, uint32_t snapshot, GString *out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) down = g_string_new(NULL), up = g_string_new(NULL), line = g_string_new(NULL);
    MessageScan scan;
    MessageRow row;
    g_assert_true(message_scan_begin(&scan, view, mailbox, snapshot, 1, &error));
    while (message_scan_next(&scan, &row, &error))
        dump_row(&row, down);
    message_scan_end(&scan);
    g_assert_no_error(error);
    g_assert_true(message_scan_begin_back(&scan, view, mailbox, snapshot, 0, &error));
    for (; message_scan_next(&scan, &row, &error); g_string_prepend(up, line->str)) {
        g_string_truncate(line, 0);
        dump_row(&row, line);
    }
    message_scan_end(&scan);
    g_assert_no_error(error);
    g_assert_cmpstr(down->str, ==, up->str);
    g_string_append(out, down->str);
}

static void dump_mailbox(View *view, const MailboxInfo *mailbox, uint32_t snapshot, GString *out)
{
    g_string_append_printf(out, "%s %u\n", mailbox->name, mailbox->uidvalidity);
    dump_messages(view, mailbox->mailbox, snapshot, out);
}

char *fixture_dump(Fixture *fixture, uint32_t snapshot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) mailboxes = view_mailboxes(view, fixture->account, snapshot, &error);
    g_assert_no_error(error);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < mailboxes->len; i++)
        dump_mailbox(view, g_ptr_array_index(mailboxes, i), snapshot, out);
    return g_string_free(out, FALSE);
}

static Body *open_body(Fixture *fixture, uint32_t mailbox, uint32_t uid)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    MessageRow row;
    g_assert_true(view_message_properties(view, mailbox, uid, &row, &error));
    Body *body = body_open(view, &row.id, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(body_size(body), ==, row.size);
    return body;
}

char *fixture_read(Fixture *fixture, uint32_t mailbox, uint32_t uid, size_t *length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Body) body = open_body(fixture, mailbox, uid);
    char *data = g_malloc0(body_size(body) + 1);
    g_assert_true(body_read(body, 0, data, body_size(body), length, &error));
    g_assert_cmpuint(*length, ==, body_size(body));
    g_assert_true(body_stream(body, NULL, NULL, &error));
    return data;
}

void fixture_check_range(Fixture *fixture, uint32_t mailbox, uint32_t uid, const GString *message, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Body) body = open_body(fixture, mailbox, uid);
    size_t got, offset = (size_t)g_test_rand_int_range(0, (gint32)message->len + 1);
    g_autofree char *data = g_malloc(length + 1);
    g_assert_true(body_read(body, offset, data, length, &got, &error));
    g_assert_cmpmem(data, got, message->str + offset, MIN(length, message->len - offset));
}

SnapshotInfo fixture_snapshot(Fixture *fixture, uint32_t snapshot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    SnapshotInfo info;
    g_assert_true(view_snapshot(view, snapshot, &info, &error));
    return info;
}

static void print_problem(const char *text, void *unused)
{
    (void)unused;
    g_test_message("check: %s", text);
}

uint64_t fixture_check(Fixture *fixture, bool read_data)
{
    g_autoptr(GError) error = NULL;
    CheckOptions options = {.read_data = read_data, .problem = print_problem};
    CheckTotals totals;
    check_repository(fixture->repository, &options, &totals, &error);
    g_assert_no_error(error);
    return totals.problems;
}
