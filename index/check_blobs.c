#include "check_private.h"

#include <string.h>

#include "blob_reader.h"
#include "body.h"
#include "catalog_query.h"
#include "error.h"
#include "pack_file.h"
#include "pack_scan.h"

typedef struct {
    BlobName name;
    LogPosition first; /* where its bytes begin */
} KnownBlob;

/* Packs are deleted when what is needed of them lies elsewhere. */
static bool was_moved(Check *check, const KnownBlob *blob)
{
    GArray *found = NULL;
    g_autoptr(CatalogTxn) txn =
        repository_refresh(check->repository, NULL) ? repository_read_begin(check->repository, NULL) : NULL;
    CatalogAnswer answer = txn ? catalog_blob(txn, blob->name.type, &blob->name.id, &found, NULL) : CATALOG_FAILED;
    if (answer != CATALOG_FOUND)
        return answer == CATALOG_ABSENT;
    g_autoptr(GArray) extents = found;
    uint64_t length;
    for (guint i = 0; i < extents->len; i++)
        if (!pack_reader_length(check->repository->packs, g_array_index(extents, BlobExtent, i).pack, &length, NULL))
            return false;
    return true;
}

static bool check_extent(Check *check, const KnownBlob *blob, const BlobExtent *extent)
{
    uint64_t length;
    g_autoptr(GError) missing = NULL;
    if (!pack_reader_length(check->repository->packs, extent->pack, &length, &missing)) {
        if (was_moved(check, blob))
            return true;
        check_problem(check, "%s", missing->message);
        return false;
    }
    if (extent->frame_offset < length)
        return true;
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&blob->name.id, hex);
    check_problem(check, "pack %08x ends at %" G_GUINT64_FORMAT ", before message %s", extent->pack, length, hex);
    return false;
}

/* Reads all blob records; the blobs that can be looked for are returned (GArray of KnownBlob). */
static GArray *check_places(Check *check, CatalogTxn *txn, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_BLOBS, &from, 0, error);
    if (!scan)
        return NULL;
    g_autoptr(GArray) blobs = g_array_new(FALSE, FALSE, sizeof(KnownBlob));
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        KnownBlob blob = {0};
        blob.name.type = take_u8(&key);
        memcpy(blob.name.id.bytes, take_bytes(&key, CONTENT_ID_SIZE), CONTENT_ID_SIZE);
        g_autoptr(GArray) extents = blob_record_take(&value);
        check->totals->blobs++;
        if (!extents || extents->len == 0) {
            check_problem(check, "index: the place of a message cannot be read");
            continue;
        }
        bool there = true;
        for (guint i = 0; there && i < extents->len; i++)
            there = check_extent(check, &blob, &g_array_index(extents, BlobExtent, i));
        const BlobExtent *first = &g_array_index(extents, BlobExtent, 0);
        blob.first = (LogPosition){.pack = first->pack, .offset = first->frame_offset};
        if (there)
            g_array_append_val(blobs, blob);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&blobs) : NULL;
}

static bool check_recipe(Check *check, CatalogTxn *txn, const char *whose, const MessageRecord *message, GError **error)
{
    CatalogAnswer answer = catalog_blob(txn, BLOB_RECIPE, &message->id, NULL, error);
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&message->id, hex);
    if (answer == CATALOG_ABSENT)
        check_problem(check, "%s: the bytes of message %s are not in the repository", whose, hex);
    return answer != CATALOG_FAILED;
}

static bool check_message(Check *check, CatalogTxn *txn, const char *whose, const MessageRecord *message,
                          GError **error)
{
    GArray *found = NULL;
    CatalogAnswer answer = catalog_blob(txn, BLOB_MESSAGE, &message->id, &found, error);
    if (answer != CATALOG_FOUND)
        return answer == CATALOG_ABSENT && check_recipe(check, txn, whose, message, error);
    g_autoptr(GArray) extents = found;
    uint64_t size = blob_length(extents);
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&message->id, hex);
    if (size != message->size)
        check_problem(check, "%s: message %s has %" G_GUINT64_FORMAT " bytes instead of %" G_GUINT64_FORMAT, whose, hex,
                      size, message->size);
    return true;
}

static bool check_messages(Check *check, CatalogTxn *txn, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, 0, error);
    if (!scan)
        return false;
    Reader key, value;
    CatalogAnswer answer;
    uint64_t done = 0;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        uint32_t mailbox = take_key_u32(&key), uid = take_key_u32(&key), since = take_key_u32(&key);
        MessageRecord message;
        if (since != 0 || !message_record_take(&value, &message))
            continue; /* what cannot be read was reported by check_snapshots() */
        g_autofree char *whose = g_strdup_printf("%s, UID %u", check_mailbox_name(check, mailbox), uid);
        if (check_cancelled(check, error) || !check_message(check, txn, whose, &message, error))
            return false;
        check_progress(check, "messages", ++done, check->totals->messages);
    }
    return answer == CATALOG_ABSENT;
}

static int compare_places(const void *a, const void *b)
{
    const LogPosition *left = &((const KnownBlob *)a)->first, *right = &((const KnownBlob *)b)->first;
    if (left->pack != right->pack)
        return left->pack < right->pack ? -1 : 1;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool read_message(Check *check, const ContentId *id, GError **error)
{
    g_autoptr(View) view = view_acquire(check->repository, error);
    g_autoptr(Body) body = view ? body_open(view, id, error) : NULL;
    g_clear_pointer(&view, view_release);
    return body && body_stream(body, NULL, NULL, error);
}

static bool read_part_now(Check *check, const ContentId *id, GError **error)
{
    GArray *found = NULL;
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    if (!txn || catalog_blob(txn, BLOB_PART, id, &found, error) != CATALOG_FOUND)
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    g_autoptr(GArray) extents = found;
    return blob_verify(check->repository, extents, id, error);
}

static bool read_part(Check *check, const ContentId *id, GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (read_part_now(check, id, &reason))
        return true;
    if (g_error_matches(reason, MB_ERROR, MB_ERROR_NOT_FOUND) && repository_refresh(check->repository, error))
        return read_part_now(check, id, error); /* its pack was deleted meanwhile */
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static void read_blob(Check *check, const KnownBlob *blob, GHashTable *unreadable)
{
    g_autoptr(GError) damage = NULL;
    bool is_part = blob->name.type == BLOB_PART;
    const ContentId *id = &blob->name.id;
    if (is_part ? read_part(check, id, &damage) : read_message(check, id, &damage))
        return;
    if (!damage) /* a part that is needed no more and went with its pack */
        return;
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(id, hex);
    if (is_part)
        check_problem(check, "part %s cannot be read: %s", hex, damage->message);
    else
        g_hash_table_insert(unreadable, g_memdup2(id, sizeof *id), g_strdup(damage->message));
}

/* Who has the messages that cannot be read. */
static bool name_unreadable(Check *check, GHashTable *unreadable, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    g_autoptr(CatalogScan) scan = txn ? catalog_scan_begin(txn, TABLE_MESSAGES, &from, 0, error) : NULL;
    if (!scan)
        return false;
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        uint32_t mailbox = take_key_u32(&key), uid = take_key_u32(&key), since = take_key_u32(&key);
        MessageRecord message;
        if (since != 0 || !message_record_take(&value, &message))
            continue;
        const char *reason = g_hash_table_lookup(unreadable, &message.id);
        if (reason)
            check_problem(check, "%s, UID %u cannot be read: %s", check_mailbox_name(check, mailbox), uid, reason);
    }
    g_clear_pointer(&scan, catalog_scan_end);
    return answer == CATALOG_ABSENT;
}

static bool read_blobs(Check *check, GArray *blobs, GError **error)
{
    g_autoptr(GHashTable) unreadable = g_hash_table_new_full(content_id_hash, content_id_equal_func, g_free, g_free);
    g_array_sort(blobs, compare_places);
    for (guint i = 0; i < blobs->len; i++) {
        if (check_cancelled(check, error))
            return false;
        read_blob(check, &g_array_index(blobs, KnownBlob, i), unreadable);
        check_progress(check, "bytes of messages", i + 1, blobs->len);
    }
    return g_hash_table_size(unreadable) == 0 || name_unreadable(check, unreadable, error);
}

bool check_blobs(Check *check, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    g_autoptr(GArray) blobs = txn ? check_places(check, txn, error) : NULL;
    if (!blobs || !check_messages(check, txn, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    return !check->options->read_data || (check_packs(check, error) && read_blobs(check, blobs, error));
}
