#include "repack.h"

#include "blob_reader.h"
#include "body.h"
#include "body_private.h"
#include "catalog_query.h"
#include "error.h"
#include "liveness.h"
#include "number_set.h"
#include "retired_packs.h"
#include "writer_prune.h"

/* No transaction is held while bytes are copied, so messages are listed in pieces. */
#define MESSAGES_AT_ONCE 4096

typedef struct {
    Writer *writer;
    Repository *repository;
    const GArray *packs;
    const RepackOptions *options;
    RepackTotals *totals;
    Liveness *liveness;
    uint64_t messages_done;
    uint64_t messages;
} Repack;

static bool may_go_on(Repack *repack, GError **error)
{
    const RepackOptions *options = repack->options;
    if (options->progress)
        options->progress("messages", MIN(repack->messages_done, repack->messages), repack->messages, options->user);
    return !options->cancellable || !g_cancellable_is_cancelled(options->cancellable) ||
           mb_error_set(error, MB_ERROR_CANCELLED, "interrupted");
}

static void report_unreadable(Repack *repack, const BlobName *name, const GError *reason)
{
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&name->id, hex);
    g_autofree char *text = g_strdup_printf("%s %s cannot be copied, its pack stays: %s",
                                            name->type == BLOB_PART ? "part" : "message", hex, reason->message);
    repack->totals->unreadable++;
    if (repack->options->problem)
        repack->options->problem(text, repack->options->user);
}

static bool is_touched(const Repack *repack, const GArray *extents)
{
    for (guint i = 0; i < extents->len; i++)
        if (number_set_has(repack->packs, g_array_index(extents, BlobExtent, i).pack))
            return true;
    return false;
}

/* The extents of a blob that must be copied. *extents is NULL when it is not there, lies elsewhere or is copied. */
static bool find_blob(Repack *repack, const BlobName *name, GArray **extents, GError **error)
{
    *extents = NULL;
    if (blob_store_has(writer_blobs(repack->writer), name))
        return true;
    g_autoptr(CatalogTxn) txn = repository_read_begin(repack->repository, error);
    CatalogAnswer answer = txn ? catalog_blob(txn, name->type, &name->id, extents, error) : CATALOG_FAILED;
    if (answer == CATALOG_FOUND && !is_touched(repack, *extents))
        g_clear_pointer(extents, g_array_unref);
    return answer != CATALOG_FAILED;
}

static bool is_whole(Repack *repack, const BlobName *name, const GArray *extents, GError **error)
{
    if (name->type == BLOB_PART)
        return blob_verify(repack->repository, extents, &name->id, error);
    g_autoptr(View) view = view_acquire(repack->repository, error);
    g_autoptr(Body) body = view ? body_open(view, &name->id, error) : NULL;
    g_clear_pointer(&view, view_release);
    return body && body_stream(body, NULL, NULL, error);
}

/* What cannot be read stays where it is. */
static bool copy_blob(Repack *repack, const BlobName *name, GError **error)
{
    GArray *found;
    if (!find_blob(repack, name, &found, error))
        return false;
    if (!found)
        return true;
    g_autoptr(GArray) extents = found;
    g_autoptr(GError) reason = NULL;
    if (!is_whole(repack, name, extents, &reason)) {
        report_unreadable(repack, name, reason);
        return true;
    }
    repack->totals->copied_bytes += blob_length(extents);
    return writer_copy(repack->writer, name, extents, error);
}

static bool copy_parts(Repack *repack, const GArray *ids, GError **error)
{
    for (guint i = 0; i < ids->len; i++) {
        BlobName part = {.type = BLOB_PART, .id = g_array_index(ids, ContentId, i)};
        if (!may_go_on(repack, error) || !copy_blob(repack, &part, error))
            return false;
    }
    return true;
}

static GArray *parts_of(Repack *repack, const ContentId *message)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(ContentId));
    g_autoptr(View) view = view_acquire(repack->repository, NULL);
    g_autoptr(Body) body = view ? body_open(view, message, NULL) : NULL;
    if (body)
        body_add_parts(body, ids);
    return ids;
}

/* A recipe comes after its parts, as it did when it was first stored. */
static bool copy_recipe(Repack *repack, const ContentId *id, GError **error)
{
    BlobName recipe = {.type = BLOB_RECIPE, .id = *id};
    GArray *extents;
    if (!find_blob(repack, &recipe, &extents, error))
        return false;
    if (!extents)
        return true;
    g_array_unref(extents);
    g_autoptr(GArray) parts = parts_of(repack, id);
    return copy_parts(repack, parts, error) && copy_blob(repack, &recipe, error);
}

static bool copy_message(Repack *repack, const ContentId *id, GError **error)
{
    BlobName message = {.type = BLOB_MESSAGE, .id = *id};
    repack->messages_done++;
    return may_go_on(repack, error) && copy_blob(repack, &message, error) && copy_recipe(repack, id, error);
}

/* The ids of some messages (GArray of ContentId) from *from on, which is then where to go on. */
static GArray *list_messages(Repack *repack, CatalogKey *from, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(ContentId));
    g_autoptr(CatalogTxn) txn = repository_read_begin(repack->repository, error);
    g_autoptr(CatalogScan) scan = txn ? catalog_scan_begin(txn, TABLE_MESSAGES, from, 0, error) : NULL;
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && ids->len < MESSAGES_AT_ONCE &&
           (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        MessageRecord message;
        uint32_t mailbox = take_key_u32(&key), uid = take_key_u32(&key), since = take_key_u32(&key);
        if (since != 0)
            continue;
        if (!message_record_take(&value, &message)) {
            mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a message cannot be read");
            return NULL;
        }
        g_array_append_val(ids, message.id);
        *from = key_message(mailbox, uid, 1);
    }
    g_clear_pointer(&scan, catalog_scan_end);
    return answer != CATALOG_FAILED ? g_steal_pointer(&ids) : NULL;
}

static bool copy_messages(Repack *repack, GError **error)
{
    CatalogKey from = {0};
    for (bool more = true; more;) {
        g_autoptr(GArray) ids = list_messages(repack, &from, error);
        for (guint i = 0; ids && i < ids->len; i++)
            if (!copy_message(repack, &g_array_index(ids, ContentId, i), error))
                return false;
        if (!ids)
            return false;
        more = ids->len == MESSAGES_AT_ONCE;
    }
    return true;
}

/* What is needed and still lies in the packs that are to be emptied. */
typedef struct {
    const Repack *repack;
    GArray *parts; /* ContentId */
    GArray *stuck; /* uint32_t: the packs, in any order, any number of times */
} Leftovers;

static void take_leftover(const BlobName *name, const GArray *extents, void *user)
{
    const Leftovers *left = user;
    if (!is_touched(left->repack, extents) || !liveness_has(left->repack->liveness, name))
        return;
    if (name->type == BLOB_PART)
        g_array_append_val(left->parts, name->id);
    for (guint i = 0; i < extents->len; i++)
        g_array_append_val(left->stuck, g_array_index(extents, BlobExtent, i).pack);
}

static bool find_leftovers(const Repack *repack, GArray *parts, GArray *stuck, GError **error)
{
    Leftovers left = {.repack = repack, .parts = parts, .stuck = stuck};
    g_autoptr(CatalogTxn) txn = repository_read_begin(repack->repository, error);
    return txn && catalog_each_blob(txn, take_leftover, &left, error);
}

/* Parts whose recipes lie elsewhere. */
static bool copy_lone_parts(Repack *repack, GError **error)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(ContentId));
    g_autoptr(GArray) stuck = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return writer_commit(repack->writer, error) && find_leftovers(repack, parts, stuck, error) &&
           copy_parts(repack, parts, error) && writer_commit(repack->writer, error);
}

/* The packs in which nothing is left that is needed. */
static GArray *find_empty(const Repack *repack, GError **error)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(ContentId));
    g_autoptr(GArray) stuck = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GHashTable) kept = g_hash_table_new(NULL, NULL);
    if (!find_leftovers(repack, parts, stuck, error))
        return NULL;
    for (guint i = 0; i < stuck->len; i++)
        g_hash_table_add(kept, GUINT_TO_POINTER(g_array_index(stuck, uint32_t, i)));
    GArray *empty = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < repack->packs->len; i++) {
        uint32_t pack = g_array_index(repack->packs, uint32_t, i);
        if (!g_hash_table_contains(kept, GUINT_TO_POINTER(pack)))
            g_array_append_val(empty, pack);
    }
    return empty;
}

static bool retire(Repack *repack, GError **error)
{
    g_autoptr(GArray) empty = find_empty(repack, error);
    if (!empty || empty->len == 0)
        return empty != NULL;
    repack->totals->packs = empty->len;
    return writer_checkpoint(repack->writer, empty, error) &&
           retired_packs_delete(repack->repository, &repack->totals->freed_bytes, error);
}

static bool begin(Repack *repack, GError **error)
{
    BlobStore *blobs = writer_blobs(repack->writer);
    blob_store_set_effort(blobs, repack->options->best ? EFFORT_BEST : EFFORT_FAST);
    if (number_set_has(repack->packs, writer_end(repack->writer).pack))
        blob_store_begin_pack(blobs);
    repack->liveness = liveness_find(repack->repository, error);
    g_autoptr(CatalogTxn) txn = repack->liveness ? repository_read_begin(repack->repository, error) : NULL;
    return txn && catalog_count(txn, TABLE_BLOBS, &repack->messages, error);
}

bool repack(Writer *writer, const GArray *packs, const RepackOptions *options, RepackTotals *totals, GError **error)
{
    *totals = (RepackTotals){0};
    uint64_t before = writer_totals(writer).stored_bytes;
    Repack work = {.writer = writer,
                   .repository = writer_repository(writer),
                   .packs = packs,
                   .options = options,
                   .totals = totals};
    bool done = writer_commit(writer, error) && begin(&work, error) && copy_messages(&work, error) &&
                copy_lone_parts(&work, error) && retire(&work, error);
    g_clear_pointer(&work.liveness, liveness_free);
    blob_store_set_effort(writer_blobs(writer), EFFORT_FAST);
    totals->written_bytes = writer_totals(writer).stored_bytes - before;
    return done;
}
