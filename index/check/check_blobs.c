#include "check_private.h"

#include <string.h>

#include "blob_reader.h"
#include "catalog_query.h"
#include "error.h"
#include "pack_file.h"

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

GArray *check_blobs(Check *check, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    g_autoptr(GArray) blobs = txn ? check_places(check, txn, error) : NULL;
    return blobs && check_messages(check, txn, error) ? g_steal_pointer(&blobs) : NULL;
}
