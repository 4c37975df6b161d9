/* ingest REPOSITORY SEED ROUNDS: mirrors the rounds of the workload into the repository, as a sync would: it compares
 * what is stored with what should be there and writes the difference. Run again, it goes on where it was cut off.
 *
 * Whenever a batch is committed or a snapshot published it says so on standard output with one write(2), a line that is
 * the same in every run of the seed. What has been said must survive everything.
 *
 * ingest --create REPOSITORY makes an empty repository. */
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "repository.h"
#include "spool.h"
#include "view.h"
#include "workload.h"
#include "writer.h"

typedef struct {
    Repository *repository;
    Writer *writer;
    uint64_t seed;
    uint32_t account;
    unsigned round;
} Ingest;

static bool acknowledge(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool acknowledge(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    size_t length = strlen(line);
    return write(STDOUT_FILENO, line, length) == (ssize_t)length ||
           mb_error_set(error, MB_ERROR_SYSTEM, "cannot acknowledge");
}

/* The epoch with this UIDVALIDITY, or NULL. *shown: it is in the newest state. */
static MailboxInfo *find_mailbox(Ingest *ingest, uint32_t uidvalidity, bool *shown, GError **error)
{
    g_autoptr(View) view = view_acquire(ingest->repository, error);
    g_autoptr(GPtrArray) epochs = view ? view_mailbox_epochs(view, ingest->account, error) : NULL;
    g_autoptr(GPtrArray) present = epochs ? view_mailboxes(view, ingest->account, SNAPSHOT_CURRENT, error) : NULL;
    MailboxInfo *found = NULL;
    for (unsigned i = 0; present && i < epochs->len; i++) {
        const MailboxInfo *info = epochs->pdata[i];
        if (info->uidvalidity == uidvalidity)
            found = g_ptr_array_steal_index(epochs, i);
    }
    *shown = false;
    for (unsigned i = 0; found && i < present->len; i++) {
        const MailboxInfo *info = present->pdata[i];
        *shown |= info->mailbox == found->mailbox;
    }
    return found;
}

/* Brings the mailbox itself to where it should be. *number is 0 when it is not there this round. */
static bool mirror_listing(Ingest *ingest, unsigned mailbox, uint32_t *number, GError **error)
{
    const char *name = workload_mailbox_name(mailbox, ingest->round);
    uint32_t uidvalidity = workload_uidvalidity(mailbox);
    bool shown;
    g_autoptr(MailboxInfo) known = find_mailbox(ingest, uidvalidity, &shown, error);
    *number = known && name ? known->mailbox : 0;
    if (*error)
        return false;
    if (!name)
        return !known || !shown || writer_hide_mailbox(ingest->writer, ingest->account, known->mailbox, error);
    const MailboxListing listing = {(const uint8_t *)name, strlen(name), '/', 0};
    if (!known)
        return writer_add_mailbox(ingest->writer, ingest->account, uidvalidity, &listing, number, error);
    bool same = known->name_length == strlen(name) && memcmp(known->name, name, known->name_length) == 0;
    return (shown && same) || writer_show_mailbox(ingest->writer, ingest->account, *number, &listing, error);
}

typedef struct {
    bool present;
    uint32_t flags;
} StoredMessage;

/* What is stored of UIDs 1 to `last`, by UID. */
static GArray *stored_messages(Ingest *ingest, uint32_t mailbox, uint32_t last, GError **error)
{
    GArray *stored = g_array_new(FALSE, TRUE, sizeof(StoredMessage));
    g_array_set_size(stored, last + 1);
    g_autoptr(View) view = view_acquire(ingest->repository, error);
    MessageScan scan;
    MessageRow row;
    if (!view || !message_scan_begin(&scan, view, mailbox, SNAPSHOT_CURRENT, 1, error))
        return stored;
    while (message_scan_next(&scan, &row, error))
        if (row.uid <= last)
            g_array_index(stored, StoredMessage, row.uid) =
                (StoredMessage){true, row.flags | (row.keywords_length > 0 ? 1U << 31 : 0)};
    message_scan_end(&scan);
    return stored;
}

static bool add_message(Ingest *ingest, unsigned mailbox, uint32_t number, uint32_t uid, const WorkloadMessage *wanted,
                        GError **error)
{
    GString *bytes = workload_body(ingest->seed, mailbox, uid);
    g_autoptr(Spool) body = spool_new(g_get_tmp_dir());
    bool added = spool_append(body, bytes->str, bytes->len, error) &&
                 writer_add_message(ingest->writer, ingest->account, number, uid, wanted->internaldate,
                                    &(MessageFlags){wanted->flags, wanted->keywords}, body, error);
    g_string_free(bytes, TRUE);
    return added;
}

static bool mirror_message(Ingest *ingest, unsigned mailbox, uint32_t number, uint32_t uid, const StoredMessage *stored,
                           GError **error)
{
    WorkloadMessage wanted;
    if (!workload_message(ingest->seed, mailbox, uid, ingest->round, &wanted))
        return !stored->present || writer_remove_message(ingest->writer, ingest->account, number, uid, error);
    if (!stored->present)
        return add_message(ingest, mailbox, number, uid, &wanted, error);
    uint32_t flags = wanted.flags | (*wanted.keywords ? 1U << 31 : 0);
    return stored->flags == flags || writer_set_flags(ingest->writer, ingest->account, number, uid,
                                                      &(MessageFlags){wanted.flags, wanted.keywords}, error);
}

static bool mirror_mailbox(Ingest *ingest, unsigned mailbox, GError **error)
{
    uint32_t number, last = workload_last_uid(ingest->round);
    /* Committed at once, so that a view knows the mailbox. */
    if (!mirror_listing(ingest, mailbox, &number, error) || !writer_commit(ingest->writer, error))
        return false;
    if (number != 0) {
        g_autoptr(GArray) stored = stored_messages(ingest, number, last, error);
        for (uint32_t uid = 1; uid <= last && !*error; uid++)
            mirror_message(ingest, mailbox, number, uid, &g_array_index(stored, StoredMessage, uid), error);
        if (*error)
            return false;
    }
    return writer_commit(ingest->writer, error) && acknowledge(error, "commit %u %u\n", ingest->round, mailbox);
}

static bool acknowledge_snapshot(Ingest *ingest, uint32_t snapshot, GError **error)
{
    g_autoptr(View) view = view_acquire(ingest->repository, error);
    SnapshotInfo info;
    if (!view || !view_snapshot(view, snapshot, &info, error))
        return false;
    char hash[CONTENT_ID_HEX_SIZE];
    content_id_hex(&info.hash, hash);
    return acknowledge(error, "snapshot %u %s\n", ingest->round, hash);
}

static bool mirror_round(Ingest *ingest, GError **error)
{
    bool published;
    uint32_t snapshot;
    for (unsigned mailbox = 1; mailbox <= WORKLOAD_MAILBOXES; mailbox++)
        if (!mirror_mailbox(ingest, mailbox, error))
            return false;
    return writer_publish(ingest->writer, ingest->account, true, &published, &snapshot, error) &&
           (published || mb_error_set(error, MB_ERROR_SYSTEM, "round %u brought nothing new", ingest->round)) &&
           acknowledge_snapshot(ingest, snapshot, error);
}

/* As many rounds are done as snapshots are published. */
static bool count_rounds(Ingest *ingest, unsigned *rounds, GError **error)
{
    g_autoptr(View) view = view_acquire(ingest->repository, error);
    g_autoptr(GArray) snapshots = view ? view_snapshots(view, ingest->account, error) : NULL;
    *rounds = snapshots ? snapshots->len : 0;
    return snapshots != NULL;
}

static bool mirror_rounds(Ingest *ingest, unsigned rounds, GError **error)
{
    unsigned done;
    bool published;
    uint32_t snapshot;
    if (!writer_add_account(ingest->writer, WORKLOAD_ACCOUNT, &ingest->account, error) ||
        !count_rounds(ingest, &done, error))
        return false;
    for (ingest->round = done + 1; ingest->round <= rounds; ingest->round++)
        if (!mirror_round(ingest, error))
            return false;
    /* A sync that finds nothing new. */
    return writer_publish(ingest->writer, ingest->account, true, &published, &snapshot, error);
}

/* What no program of ours does: go on with a writer that failed. Harmless, for it must refuse what would be harm. */
static void insist(Ingest *ingest)
{
    writer_set_cursor(ingest->writer, 1, &(MailboxCursor){.uidnext = 1}, NULL);
    writer_commit(ingest->writer, NULL);
}

static bool ingest_into(const char *path, uint64_t seed, unsigned rounds, GError **error)
{
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(Writer) writer = repository ? writer_open(repository, error) : NULL;
    Ingest ingest = {.repository = repository, .writer = writer, .seed = seed};
    if (!writer)
        return false;
    if (mirror_rounds(&ingest, rounds, error))
        return true;
    insist(&ingest);
    return false;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    bool done;
    if (argc == 3 && strcmp(argv[1], "--create") == 0)
        done = repository_create(argv[2], &error);
    else if (argc == 4)
        done = ingest_into(argv[1], strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10), &error);
    else {
        fprintf(stderr, "usage: ingest REPOSITORY SEED ROUNDS | ingest --create REPOSITORY\n");
        return 2;
    }
    if (!done)
        fprintf(stderr, "ingest: %s\n", error->message);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
