#include "liveness.h"

#include <string.h>

#include "body.h"
#include "body_private.h"
#include "catalog_query.h"
#include "error.h"

struct Liveness {
    GArray *messages; /* ContentId, sorted, none twice */
    GArray *parts;    /* likewise */
    bool every_part;
};

static int compare_ids(const void *a, const void *b)
{
    return memcmp(((const ContentId *)a)->bytes, ((const ContentId *)b)->bytes, CONTENT_ID_SIZE);
}

static void sort_ids(GArray *ids)
{
    guint kept = 0;
    g_array_sort(ids, compare_ids);
    for (guint i = 0; i < ids->len; i++) {
        const ContentId *id = &g_array_index(ids, ContentId, i);
        if (kept == 0 || !content_id_equal(id, &g_array_index(ids, ContentId, kept - 1)))
            g_array_index(ids, ContentId, kept++) = *id;
    }
    g_array_set_size(ids, kept);
}

static bool has_id(const GArray *ids, const ContentId *id)
{
    return g_array_binary_search((GArray *)ids, id, compare_ids, NULL);
}

static bool read_messages(Liveness *liveness, Repository *repository, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    g_autoptr(CatalogScan) scan = txn ? catalog_scan_begin(txn, TABLE_MESSAGES, &from, 0, error) : NULL;
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        MessageRecord message;
        take_bytes(&key, 8);
        if (take_key_u32(&key) != 0)
            continue;
        if (!message_record_take(&value, &message))
            return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a message cannot be read");
        g_array_append_val(liveness->messages, message.id);
    }
    g_clear_pointer(&scan, catalog_scan_end);
    sort_ids(liveness->messages);
    return answer == CATALOG_ABSENT;
}

/* A recipe that is needed, and where it begins. */
typedef struct {
    ContentId id;
    LogPosition place;
} NeededRecipe;

typedef struct {
    const Liveness *liveness;
    GArray *found; /* NeededRecipe */
} RecipeSearch;

static void take_recipe(const BlobName *name, const GArray *extents, void *user)
{
    const RecipeSearch *search = user;
    if (name->type != BLOB_RECIPE || !has_id(search->liveness->messages, &name->id))
        return;
    const BlobExtent *first = &g_array_index(extents, BlobExtent, 0);
    NeededRecipe recipe = {.id = name->id, .place = {.pack = first->pack, .offset = first->frame_offset}};
    g_array_append_val(search->found, recipe);
}

static int compare_places(const void *a, const void *b)
{
    const LogPosition *left = &((const NeededRecipe *)a)->place, *right = &((const NeededRecipe *)b)->place;
    if (left->pack != right->pack)
        return left->pack < right->pack ? -1 : 1;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

/* In the order in which they lie, so that each frame is read once. */
static GArray *find_recipes(const Liveness *liveness, Repository *repository, GError **error)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(NeededRecipe));
    RecipeSearch search = {.liveness = liveness, .found = found};
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    if (!txn || !catalog_each_blob(txn, take_recipe, &search, error))
        return NULL;
    g_array_sort(found, compare_places);
    return g_steal_pointer(&found);
}

static bool read_parts(Liveness *liveness, Repository *repository, GError **error)
{
    g_autoptr(GArray) recipes = find_recipes(liveness, repository, error);
    for (guint i = 0; recipes && i < recipes->len; i++) {
        g_autoptr(View) view = view_acquire(repository, error);
        if (!view)
            return false;
        g_autoptr(Body) body = body_open(view, &g_array_index(recipes, NeededRecipe, i).id, NULL);
        if (body)
            body_add_parts(body, liveness->parts);
        else
            liveness->every_part = true;
    }
    sort_ids(liveness->parts);
    return recipes != NULL;
}

Liveness *liveness_find(Repository *repository, GError **error)
{
    g_autoptr(Liveness) liveness = g_new0(Liveness, 1);
    liveness->messages = g_array_new(FALSE, FALSE, sizeof(ContentId));
    liveness->parts = g_array_new(FALSE, FALSE, sizeof(ContentId));
    return read_messages(liveness, repository, error) && read_parts(liveness, repository, error)
               ? g_steal_pointer(&liveness)
               : NULL;
}

void liveness_free(Liveness *liveness)
{
    if (!liveness)
        return;
    g_array_unref(liveness->messages);
    g_array_unref(liveness->parts);
    g_free(liveness);
}

bool liveness_has(const Liveness *liveness, const BlobName *blob)
{
    if (blob->type == BLOB_PART)
        return liveness->every_part || has_id(liveness->parts, &blob->id);
    return has_id(liveness->messages, &blob->id);
}
