#include "catalog_checkpoint.h"

#include <string.h>

#include "catalog_records.h"
#include "error.h"
#include "mb_limits.h"
#include "number_set.h"

#define EDITS_AT_MOST 20000

static bool is_restated(CatalogTable table, const uint8_t *key, size_t key_length)
{
    static const char *const own[] = {"position", "retired"};
    for (size_t i = 0; table == TABLE_META && i < G_N_ELEMENTS(own); i++)
        if (key_length == strlen(own[i]) && memcmp(key, own[i], key_length) == 0)
            return false;
    return table < TABLE_COUNT && table != TABLE_BLOBS;
}

/* Rows on their way out. */
typedef struct {
    GByteArray *rows;
    size_t piece_bytes;
    CatalogRowsSink sink;
    void *user;
} RowsOut;

static bool hand_out(RowsOut *out, size_t at_least, GError **error)
{
    if (out->rows->len < at_least)
        return true;
    bool taken = out->sink(out->rows, out->user, error);
    g_byte_array_set_size(out->rows, 0);
    return taken;
}

static bool put_table(CatalogTxn *txn, CatalogTable table, RowsOut *out, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, table, &from, 0, error);
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        if (!is_restated(table, key.at, reader_left(&key)))
            continue;
        put_u8(out->rows, (uint8_t)table);
        put_sized(out->rows, key.at, reader_left(&key));
        put_sized(out->rows, value.at, reader_left(&value));
        if (!hand_out(out, out->piece_bytes, error))
            return false;
    }
    return answer == CATALOG_ABSENT;
}

bool catalog_rows(CatalogTxn *txn, size_t piece_bytes, CatalogRowsSink sink, void *user, GError **error)
{
    g_autoptr(GByteArray) rows = g_byte_array_new();
    RowsOut out = {.rows = rows, .piece_bytes = piece_bytes, .sink = sink, .user = user};
    for (CatalogTable table = TABLE_META; table < TABLE_COUNT; table++)
        if (table != TABLE_BLOBS && !put_table(txn, table, &out, error))
            return false;
    return hand_out(&out, 1, error);
}

static bool load_row(CatalogTxn *txn, Reader *in, GError **error)
{
    CatalogKey key;
    size_t key_length, value_length;
    CatalogTable table = take_u8(in);
    const uint8_t *key_bytes = take_sized(in, &key_length);
    const uint8_t *value_bytes = take_sized(in, &value_length);
    if (in->failed || key_length > sizeof key.bytes || !is_restated(table, key_bytes, key_length))
        return mb_error_set(error, MB_ERROR_CORRUPT, "a checkpoint holds something that is no row");
    key.length = key_length;
    memcpy(key.bytes, key_bytes, key_length);
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_bytes(value, value_bytes, value_length);
    return catalog_put(txn, table, &key, value, error);
}

bool catalog_rows_load(CatalogTxn *txn, Reader *in, GError **error)
{
    while (reader_left(in) > 0)
        if (!load_row(txn, in, error))
            return false;
    return true;
}

static bool lies_in(const GArray *extents, const GArray *packs)
{
    for (guint i = 0; i < extents->len; i++)
        if (number_set_has(packs, g_array_index(extents, BlobExtent, i).pack))
            return true;
    return false;
}

/* Keys of blobs in the packs from *from on, GArray of CatalogKey: all, or so many that it is enough for now. *from is
 * then where to go on. */
static GArray *blobs_in(CatalogTxn *txn, const GArray *packs, CatalogKey *from, GError **error)
{
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_BLOBS, from, 0, error);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(CatalogKey));
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && found->len < EDITS_AT_MOST &&
           (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        g_autoptr(GArray) extents = blob_record_take(&value);
        from->length = MIN(reader_left(&key), sizeof from->bytes);
        memcpy(from->bytes, key.at, from->length);
        if (!extents || lies_in(extents, packs))
            g_array_append_val(found, *from);
    }
    return answer != CATALOG_FAILED ? g_steal_pointer(&found) : NULL;
}

static bool drop_places(CatalogTxn *txn, const GArray *packs, GError **error)
{
    CatalogKey from = {0};
    for (bool more = true; more;) {
        g_autoptr(GArray) keys = blobs_in(txn, packs, &from, error);
        if (!keys)
            return false;
        for (guint i = 0; i < keys->len; i++)
            if (!catalog_delete(txn, TABLE_BLOBS, &g_array_index(keys, CatalogKey, i), error))
                return false;
        more = keys->len == EDITS_AT_MOST;
    }
    return true;
}

bool catalog_retire_packs(CatalogTxn *txn, uint64_t sequence, const GArray *packs, GError **error)
{
    CatalogKey key = key_meta("retired");
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_varint(value, sequence);
    put_number_set(value, packs);
    return catalog_put(txn, TABLE_META, &key, value, error) && drop_places(txn, packs, error);
}

GArray *catalog_retired_packs(CatalogTxn *txn, uint64_t *sequence, GError **error)
{
    CatalogKey key = key_meta("retired");
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_META, &key, &value, error);
    uint64_t number = answer == CATALOG_FOUND ? take_varint(&value) : 0;
    if (sequence)
        *sequence = number;
    if (answer == CATALOG_ABSENT)
        return g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GArray *packs = answer == CATALOG_FOUND ? number_set_decode(value.at, reader_left(&value), LIMIT_NUMBER_SET) : NULL;
    if (answer == CATALOG_FOUND && !packs)
        mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: its retired packs are unreadable");
    return packs;
}
