#include "blob_index.h"

#include "catalog_apply.h"

typedef struct {
    BlobName name;
    uint64_t length;
    uint64_t found; /* bytes that the extents cover, from the start on */
    GArray *extents;
    GArray *whole; /* extents of a whole copy that was there before; or NULL */
} PartialBlob;

struct BlobIndex {
    GHashTable *blobs; /* BlobName -> PartialBlob */
};

static void partial_blob_free(void *data)
{
    PartialBlob *blob = data;
    g_array_unref(blob->extents);
    if (blob->whole)
        g_array_unref(blob->whole);
    g_free(blob);
}

BlobIndex *blob_index_new(void)
{
    BlobIndex *index = g_new0(BlobIndex, 1);
    index->blobs = g_hash_table_new_full(blob_name_hash, blob_name_equal, NULL, partial_blob_free);
    return index;
}

void blob_index_free(BlobIndex *index)
{
    if (!index)
        return;
    g_hash_table_unref(index->blobs);
    g_free(index);
}

static PartialBlob *partial_blob(BlobIndex *index, const FrameSegment *segment)
{
    BlobName name = {.type = segment->type, .id = segment->id};
    PartialBlob *blob = g_hash_table_lookup(index->blobs, &name);
    if (blob)
        return blob;
    blob = g_new0(PartialBlob, 1);
    blob->name = name;
    blob->length = segment->blob_length;
    blob->extents = g_array_new(FALSE, FALSE, sizeof(BlobExtent));
    g_hash_table_insert(index->blobs, &blob->name, blob);
    return blob;
}

/* Segments that lie side by side in one frame are one extent. */
static void add_extent(PartialBlob *blob, const FrameSegment *segment, LogPosition place)
{
    BlobExtent *last =
        blob->extents->len > 0 ? &g_array_index(blob->extents, BlobExtent, blob->extents->len - 1) : NULL;
    if (last && last->pack == place.pack && last->frame_offset == place.offset &&
        last->plain_offset + last->length == segment->plain_offset) {
        last->length += segment->length;
        return;
    }
    BlobExtent extent = {.pack = place.pack,
                         .frame_offset = place.offset,
                         .plain_offset = segment->plain_offset,
                         .length = segment->length};
    g_array_append_val(blob->extents, extent);
}

/* Another copy: it counts once it is whole. */
static void begin_again(PartialBlob *blob)
{
    if (blob->found == blob->length) {
        g_clear_pointer(&blob->whole, g_array_unref);
        blob->whole = g_steal_pointer(&blob->extents);
    } else {
        g_array_unref(blob->extents);
    }
    blob->extents = g_array_new(FALSE, FALSE, sizeof(BlobExtent));
    blob->found = 0;
}

void blob_index_add_frame(BlobIndex *index, const GArray *segments, LogPosition place)
{
    for (guint i = 0; i < segments->len; i++) {
        const FrameSegment *segment = &g_array_index(segments, FrameSegment, i);
        PartialBlob *blob = partial_blob(index, segment);
        if (segment->blob_offset == 0 && blob->extents->len > 0)
            begin_again(blob);
        if (segment->blob_offset != blob->found)
            continue; /* the rest of a copy whose start was cut */
        add_extent(blob, segment, place);
        blob->found += segment->length;
    }
}

bool blob_index_has(const BlobIndex *index, const BlobName *name)
{
    return g_hash_table_contains(index->blobs, name);
}

bool blob_index_store(BlobIndex *index, CatalogTxn *txn, GError **error)
{
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, index->blobs);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const PartialBlob *blob = value;
        const GArray *extents = blob->found == blob->length ? blob->extents : blob->whole;
        if (extents && !catalog_apply_blob(txn, blob->name.type, &blob->name.id, extents, error))
            return false;
    }
    g_hash_table_remove_all(index->blobs);
    return true;
}
