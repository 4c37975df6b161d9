#include <string.h>

#include "blob_reader.h"
#include "body.h"
#include "catalog_query.h"
#include "check_private.h"
#include "error.h"

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

static void read_blob(Check *check, const KnownBlob *blob)
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
        g_hash_table_insert(check->unreadable, g_memdup2(id, sizeof *id), g_strdup(damage->message));
}

bool check_data_name_unreadable(Check *check, GError **error)
{
    if (g_hash_table_size(check->unreadable) == 0)
        return true;
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
        const char *reason = g_hash_table_lookup(check->unreadable, &message.id);
        if (reason)
            check_problem(check, "%s, UID %u cannot be read: %s", check_mailbox_name(check, mailbox), uid, reason);
    }
    g_clear_pointer(&scan, catalog_scan_end);
    return answer == CATALOG_ABSENT;
}

/* The first blob that begins in `pack` or behind it; they are sorted. */
static guint first_of_pack(const GArray *blobs, uint32_t pack)
{
    guint low = 0, high = blobs->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(blobs, KnownBlob, middle).first.pack < pack)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool check_data_of_pack(Check *check, const GArray *blobs, uint32_t pack, GError **error)
{
    for (guint i = first_of_pack(blobs, pack); i < blobs->len; i++) {
        const KnownBlob *blob = &g_array_index(blobs, KnownBlob, i);
        if (blob->first.pack != pack)
            return true;
        if (check_cancelled(check, error))
            return false;
        read_blob(check, blob);
        check_progress_of_pack(check, blob->first.offset, 1);
    }
    return true;
}
