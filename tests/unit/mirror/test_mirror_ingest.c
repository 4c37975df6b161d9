/* The ingest thread over a real repository: everything pushed arrives in order, also when more is pushed than the queue
 * holds, and the first failure is told. */
#include "mirror_ingest.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "mb_limits.h"
#include "repository.h"
#include "view.h"

enum { MANY = 10000, LARGE_BYTES = 3 << 20, LARGE_MESSAGES = 12 };

typedef struct {
    char *path;
    Repository *repository;
    Writer *writer;
    uint32_t account;
} Fixture;

static void set_up(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    fixture->path = g_dir_make_tmp("ingest-XXXXXX", NULL);
    g_assert_true(repository_create(fixture->path, &error));
    fixture->repository = repository_open(fixture->path, &error);
    fixture->writer = writer_open(fixture->repository, &error);
    g_assert_true(writer_add_account(fixture->writer, "alice", &fixture->account, &error));
    g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    writer_close(fixture->writer);
    repository_close(fixture->repository);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", fixture->path);
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_free(fixture->path);
}

static const MailboxListing inbox = {.name = (const uint8_t *)"INBOX", .name_length = 5, .delimiter = '/'};

static bool push_message(const Fixture *fixture, Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, size_t length)
{
    Spool *body = spool_new(fixture->path);
    g_autofree char *text = g_malloc0(length + 1);
    memcpy(text, &uid, MIN(length, sizeof uid));
    g_assert_true(spool_append(body, text, length, NULL));
    IngestMessage message = {.uid = uid, .internaldate = 1000 + uid, .flags = {.flags = 0, .keywords = ""}};
    IngestParcel *parcel = ingest_parcel_new();
    ingest_parcel_add_message(parcel, mailbox, &message, body);
    return ingest_push_parcel(ingest, parcel, NULL);
}

static uint64_t count_messages(const Fixture *fixture, uint32_t snapshot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    SnapshotInfo info;
    g_assert_true(view_snapshot(view, snapshot, &info, &error));
    return info.messages;
}

static void test_many(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    Ingest *ingest = ingest_start(fixture->writer, fixture->account);
    IngestMailbox *mailbox = ingest_add_mailbox(ingest, "INBOX", 7, &inbox, NULL);
    for (uint32_t uid = 1; uid <= MANY; uid++)
        g_assert_true(push_message(fixture, ingest, mailbox, uid, uid % 100));
    for (uint32_t uid = 1; uid <= MANY; uid += 2)
        g_assert_true(ingest_remove_message(ingest, mailbox, uid, NULL));
    IngestResult result;
    g_autoptr(GError) error = NULL;
    g_assert_true(ingest_finish(ingest, INGEST_PUBLISH_COMPLETE, &result, &error));
    g_ptr_array_unref(result.refused);
    g_assert_true(result.published);
    g_assert_cmpuint(count_messages(fixture, result.snapshot), ==, MANY / 2);
}

static void test_large(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    Ingest *ingest = ingest_start(fixture->writer, fixture->account);
    IngestMailbox *mailbox = ingest_add_mailbox(ingest, "INBOX", 7, &inbox, NULL);
    for (uint32_t uid = 1; uid <= LARGE_MESSAGES; uid++)
        g_assert_true(push_message(fixture, ingest, mailbox, uid, LARGE_BYTES));
    IngestResult result;
    g_assert_true(ingest_finish(ingest, INGEST_PUBLISH_COMPLETE, &result, NULL));
    g_ptr_array_unref(result.refused);
    g_assert_cmpuint(count_messages(fixture, result.snapshot), ==, LARGE_MESSAGES);
}

/* What was pushed before the run was cut short stays, without a snapshot. */
static void test_commit_only(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    Ingest *ingest = ingest_start(fixture->writer, fixture->account);
    IngestMailbox *mailbox = ingest_add_mailbox(ingest, "INBOX", 7, &inbox, NULL);
    g_assert_true(push_message(fixture, ingest, mailbox, 1, 10));
    IngestResult result;
    g_assert_true(ingest_finish(ingest, INGEST_COMMIT, &result, NULL));
    g_ptr_array_unref(result.refused);
    g_assert_false(result.published);
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->repository, &error);
    g_autoptr(GPtrArray) mailboxes = view_mailboxes(view, fixture->account, SNAPSHOT_CURRENT, &error);
    g_assert_cmpuint(mailboxes->len, ==, 1);
    g_assert_cmpuint(((MailboxInfo *)mailboxes->pdata[0])->messages, ==, 1);
}

/* A UID that is used again for another message: the first one stays, the second is named, the rest goes on. */
static void test_uid_used_again(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    Ingest *ingest = ingest_start(fixture->writer, fixture->account);
    IngestMailbox *mailbox = ingest_add_mailbox(ingest, "INBOX", 7, &inbox, NULL);
    IngestResult result;
    g_assert_true(push_message(fixture, ingest, mailbox, 1, 10));
    g_assert_true(ingest_finish(ingest, INGEST_PUBLISH_COMPLETE, &result, NULL));
    g_ptr_array_unref(result.refused);

    ingest = ingest_start(fixture->writer, fixture->account);
    mailbox = ingest_known_mailbox(ingest, "INBOX", 1);
    g_assert_true(push_message(fixture, ingest, mailbox, 1, 11));
    g_assert_true(push_message(fixture, ingest, mailbox, 2, 12));
    g_assert_true(ingest_finish(ingest, INGEST_PUBLISH_COMPLETE, &result, NULL));
    g_assert_cmpuint(result.refused->len, ==, 1);
    g_assert_true(g_str_has_prefix(result.refused->pdata[0], "INBOX: UID 1 "));
    g_assert_cmpuint(count_messages(fixture, result.snapshot), ==, 2);
    g_ptr_array_unref(result.refused);
}

static void test_failure(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    Ingest *ingest = ingest_start(fixture->writer, fixture->account);
    IngestMailbox *mailbox = ingest_add_mailbox(ingest, "INBOX", 7, &inbox, NULL);
    g_autofree char *name = g_strnfill(LIMIT_MAILBOX_NAME_BYTES + 1, 'm');
    MailboxListing refused = {.name = (const uint8_t *)name, .name_length = strlen(name)};
    bool pushed = ingest_show_mailbox(ingest, mailbox, &refused, NULL);
    for (uint32_t uid = 1; uid <= MANY && pushed; uid++)
        pushed = push_message(fixture, ingest, mailbox, uid, 10);
    g_assert_false(pushed); /* the queue is shorter than what was tried */
    IngestResult result;
    g_autoptr(GError) error = NULL;
    g_assert_false(ingest_finish(ingest, INGEST_PUBLISH_COMPLETE, &result, &error));
    g_ptr_array_unref(result.refused);
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
    g_assert_false(result.published);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/mirror-ingest/many", test_many);
    ADD("/mirror-ingest/large", test_large);
    ADD("/mirror-ingest/commit-only", test_commit_only);
    ADD("/mirror-ingest/uid-used-again", test_uid_used_again);
    ADD("/mirror-ingest/failure", test_failure);
    return g_test_run();
}
