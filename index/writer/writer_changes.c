/* What a backup tells the writer: accounts, mailboxes, messages, snapshots. Each becomes a change of the batch. */
#include <string.h>

#include "body.h"
#include "catalog_query.h"
#include "digest.h"
#include "error.h"
#include "mb_limits.h"
#include "message_gmime.h"
#include "number_set.h"
#include "reserve.h"
#include "writer_private.h"

#define HEADER_BYTES ((size_t)64 << 10) /* enough of a message to find its sender and subject */
#define MAILBOXES_AT_MOST ((uint32_t)1 << 30)

/* The number of the snapshot that will be the first to show what changes now. */
static uint32_t pending_snapshot(Writer *writer, uint32_t account)
{
    uint32_t pending = GPOINTER_TO_UINT(g_hash_table_lookup(writer->pending, GUINT_TO_POINTER(account)));
    if (pending == 0) {
        pending = writer->next.snapshot++;
        g_hash_table_insert(writer->pending, GUINT_TO_POINTER(account), GUINT_TO_POINTER(pending));
    }
    return pending;
}

bool writer_add_account(Writer *writer, const char *name, uint32_t *account, GError **error)
{
    g_autoptr(View) view = view_acquire(writer->repository, error);
    if (!view)
        return false;
    g_autoptr(AccountInfo) known = view_account_by_name(view, name, NULL);
    if (known) {
        *account = known->account;
        return true;
    }
    g_clear_pointer(&view, view_release);
    *account = writer->next.account++;
    CatalogChange change = {
        .kind = CHANGE_ACCOUNT, .account = *account, .name = (const uint8_t *)name, .name_length = strlen(name)};
    return writer_add_change(writer, &change, error) && writer_commit(writer, error);
}

bool writer_show_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, const MailboxListing *listing,
                         GError **error)
{
    if (listing->name_length > LIMIT_MAILBOX_NAME_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT, "a mailbox name is longer than %d bytes", LIMIT_MAILBOX_NAME_BYTES);
    CatalogChange change = {.kind = CHANGE_SHOW,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .attributes = listing->attributes,
                            .delimiter = listing->delimiter,
                            .name = listing->name,
                            .name_length = listing->name_length};
    return writer_add_change(writer, &change, error);
}

bool writer_add_mailbox(Writer *writer, uint32_t account, uint32_t uidvalidity, const MailboxListing *listing,
                        uint32_t *mailbox, GError **error)
{
    if (writer->next.mailbox >= MAILBOXES_AT_MOST)
        return mb_error_set(error, MB_ERROR_LIMIT, "the repository has had too many mailboxes");
    *mailbox = writer->next.mailbox++;
    CatalogChange change = {
        .kind = CHANGE_MAILBOX, .account = account, .mailbox = *mailbox, .uidvalidity = uidvalidity};
    return writer_add_change(writer, &change, error) && writer_show_mailbox(writer, account, *mailbox, listing, error);
}

bool writer_hide_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, GError **error)
{
    CatalogChange change = {
        .kind = CHANGE_HIDE, .account = account, .snapshot = pending_snapshot(writer, account), .mailbox = mailbox};
    return writer_add_change(writer, &change, error);
}

static bool hash_spool(Writer *writer, Spool *body, ContentId *id, GError **error)
{
    g_autoptr(Digest) digest = digest_new();
    size_t got;
    for (uint64_t offset = 0; offset < spool_size(body); offset += got) {
        const uint8_t *piece = spool_peek(body, offset, writer->copy, WRITER_COPY_BYTES, &got, error);
        if (!piece)
            return false;
        digest_update(digest, piece, got);
    }
    digest_finish(digest, id);
    return true;
}

static bool store_unless_known(Writer *writer, Spool *body, ContentId *id, GError **error)
{
    if (spool_size(body) > LIMIT_MESSAGE_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT, "message is larger than %" G_GUINT64_FORMAT " bytes",
                            LIMIT_MESSAGE_BYTES);
    if (!writer_is_usable(writer, error) || !hash_spool(writer, body, id, error))
        return false;
    bool is_new;
    /* A failure leaves half a message in a frame: this batch must not commit. */
    if (!blob_store_message(writer->blobs, body, id, &is_new, &writer->failure))
        return writer_is_usable(writer, error);
    uint64_t new_bytes = is_new ? spool_size(body) : 0;
    writer->batch.plain_bytes += new_bytes;
    writer->totals.new_bytes += new_bytes;
    return true;
}

static char *name_message(Writer *writer, Spool *body, GError **error)
{
    G_STATIC_ASSERT(HEADER_BYTES <= WRITER_COPY_BYTES);
    size_t length;
    if (!message_load_gmime(error))
        return NULL;
    const uint8_t *header = spool_peek(body, 0, writer->copy, HEADER_BYTES, &length, error);
    return header ? message_name(writer->namer, (const char *)header, length) : NULL;
}

/* A UID names one message for ever (RFC 9051 2.3.1.1); a server that breaks this must not make us lose either. */
static bool check_uid_is_free(Writer *writer, uint32_t mailbox, uint32_t uid, const ContentId *id, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(writer->repository, error);
    if (!txn)
        return false;
    MessageRecord known;
    CatalogAnswer answer = catalog_message(txn, mailbox, uid, &known, error);
    if (answer == CATALOG_FOUND && !content_id_equal(&known.id, id))
        return mb_error_set(error, MB_ERROR_EXISTS, "UID %u was another message before", uid);
    return answer != CATALOG_FAILED;
}

bool writer_add_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, int64_t internaldate,
                        const MessageFlags *flags, Spool *body, GError **error)
{
    CatalogChange change = {.kind = CHANGE_MESSAGE,
                            .account = account,
                            .mailbox = mailbox,
                            .uid = uid,
                            .size = spool_size(body),
                            .time = internaldate,
                            .flags = flags->flags,
                            .keywords = flags->keywords,
                            .keywords_length = strlen(flags->keywords)};
    g_autofree char *name = name_message(writer, body, error);
    if (!name || !store_unless_known(writer, body, &change.id, error) ||
        !check_uid_is_free(writer, mailbox, uid, &change.id, error))
        return false;
    change.snapshot = pending_snapshot(writer, account);
    change.name = (const uint8_t *)name;
    change.name_length = strlen(name);
    writer->totals.messages++;
    writer->totals.message_bytes += change.size;
    return writer_add_change(writer, &change, error);
}

/* The message to copy, with a name of its own; MB_ERROR_NOT_FOUND unless it and its bytes are there. */
static bool find_source(Writer *writer, const MessageCopy *copy, MessageRow *source, char **name, GError **error)
{
    g_autoptr(View) view = view_acquire(writer->repository, error);
    if (!view || !view_message_properties(view, copy->from_mailbox, copy->from_uid, source, error))
        return false;
    g_autoptr(Body) body = body_open(view, &source->id, error);
    *name = body ? g_strndup(source->name, source->name_length) : NULL;
    return body != NULL;
}

bool writer_add_copy(Writer *writer, const MessageCopy *copy, GError **error)
{
    MessageRow source;
    g_autofree char *name = NULL;
    if (!writer_is_usable(writer, error) || !find_source(writer, copy, &source, &name, error) ||
        !check_uid_is_free(writer, copy->mailbox, copy->uid, &source.id, error))
        return false;
    CatalogChange change = {.kind = CHANGE_MESSAGE,
                            .account = copy->account,
                            .snapshot = pending_snapshot(writer, copy->account),
                            .mailbox = copy->mailbox,
                            .uid = copy->uid,
                            .id = source.id,
                            .size = source.size,
                            .time = copy->internaldate,
                            .flags = copy->flags.flags,
                            .keywords = copy->flags.keywords,
                            .keywords_length = strlen(copy->flags.keywords),
                            .name = (const uint8_t *)name,
                            .name_length = strlen(name)};
    writer->totals.messages++;
    writer->totals.message_bytes += change.size;
    return writer_add_change(writer, &change, error);
}

bool writer_set_origin(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const OriginId *origin,
                       GError **error)
{
    CatalogChange change = {
        .kind = CHANGE_ORIGIN, .account = account, .mailbox = mailbox, .uid = uid, .origin = *origin};
    return writer_add_change(writer, &change, error);
}

bool writer_set_flags(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const MessageFlags *flags,
                      GError **error)
{
    CatalogChange change = {.kind = CHANGE_FLAGS,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .uid = uid,
                            .flags = flags->flags,
                            .keywords = flags->keywords,
                            .keywords_length = strlen(flags->keywords)};
    return writer_add_change(writer, &change, error);
}

bool writer_remove_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, GError **error)
{
    CatalogChange change = {.kind = CHANGE_REMOVE,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .uid = uid};
    return writer_add_change(writer, &change, error);
}

bool writer_set_cursor(Writer *writer, uint32_t mailbox, const MailboxCursor *cursor, GError **error)
{
    CatalogChange change = {.kind = CHANGE_CURSOR, .mailbox = mailbox, .cursor = *cursor};
    return writer_add_change(writer, &change, error);
}

static bool account_state(Writer *writer, uint32_t account, AccountRecord *record, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(writer->repository, error);
    if (!txn)
        return false;
    CatalogAnswer answer = catalog_account(txn, account, record, error);
    record->name = NULL; /* lies in the map */
    return answer == CATALOG_FOUND ||
           (answer == CATALOG_ABSENT && mb_error_set(error, MB_ERROR_NOT_FOUND, "no account %u", account));
}

bool writer_publish(Writer *writer, uint32_t account, bool complete, bool *published, uint32_t *snapshot,
                    GError **error)
{
    *published = false;
    *snapshot = 0;
    AccountRecord state;
    if (!writer_commit(writer, error) || !account_state(writer, account, &state, error))
        return false;
    if (state.pending == 0 && state.newest_snapshot != 0 && state.newest_complete == complete)
        return true; /* nothing to tell */
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    CatalogChange change = {.kind = CHANGE_PUBLISH,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .time = MAX(now, state.newest_time + 1),
                            .complete = complete};
    if (!writer_add_change(writer, &change, error) || !writer_commit(writer, error))
        return false;
    g_hash_table_remove(writer->pending, GUINT_TO_POINTER(account));
    *snapshot = change.snapshot;
    *published = true;
    return true;
}

static bool forget_snapshots(Writer *writer, uint32_t account, const GArray *snapshots, GError **error)
{
    g_autoptr(GByteArray) numbers = g_byte_array_new();
    put_number_set(numbers, snapshots);
    CatalogChange change = {
        .kind = CHANGE_FORGET, .account = account, .numbers = numbers->data, .numbers_length = numbers->len};
    /* What a forgotten newest snapshot leaves is numbered by the catalog. */
    return writer_add_change(writer, &change, error) && writer_commit(writer, error) &&
           writer_load_state(writer, error);
}

bool writer_forget(Writer *writer, uint32_t account, const GArray *snapshots, GError **error)
{
    if (!writer_commit(writer, error))
        return false;
    reserve_use(writer->repository->path);
    bool forgotten = forget_snapshots(writer, account, snapshots, error);
    reserve_keep(writer->repository->path);
    return forgotten;
}
