#include "catalog_checkpoint.h"
#include "catalog_query.h"
#include "liveness.h"
#include "number_set.h"
#include "pack_file.h"
#include "repack.h"

/* What a row comes to in both copies of a checkpoint, compressed: measured, of 28,000 messages and 1,000 snapshots. */
#define CHECKPOINT_BYTES_A_ROW 48

/* Mail of one sync alone compresses worse than among its like: frames below this size are compared with larger ones. */
#define DENSE_PLAIN_BYTES ((uint64_t)256 << 10)

/* A frame, and how many of its plain bytes are needed. */
typedef struct {
    LogPosition place;
    uint64_t live;
    uint64_t plain;  /* bytes of blobs in it; 0: its header cannot be read */
    uint64_t stored; /* in the pack */
    bool is_loose;   /* small, so that it may become smaller among others */
} FrameUse;

/* What well-filled frames come to. */
typedef struct {
    uint64_t plain;
    uint64_t stored;
} Density;

typedef struct {
    const Liveness *liveness;
    GHashTable *frames; /* FrameUse, by place */
} Survey;

static void take_blob(const BlobName *name, const GArray *extents, void *user)
{
    const Survey *survey = user;
    if (!liveness_has(survey->liveness, name))
        return;
    for (guint i = 0; i < extents->len; i++) {
        const BlobExtent *extent = &g_array_index(extents, BlobExtent, i);
        FrameUse use = {.place = {.pack = extent->pack, .offset = extent->frame_offset}};
        FrameUse *known = g_hash_table_lookup(survey->frames, &use.place);
        if (!known) {
            known = g_memdup2(&use, sizeof use);
            g_hash_table_add(survey->frames, known);
        }
        known->live += extent->length;
    }
}

static void read_header(Repository *repository, FrameUse *use, Density *density)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    FrameHeader header;
    if (!pack_reader_bytes(repository->packs, use->place, bytes, sizeof bytes, NULL) ||
        !frame_header_decode(bytes, &header, NULL))
        return;
    use->plain = MAX(header.plain_length - header.directory_length, 1);
    use->stored = (uint64_t)FRAME_HEADER_SIZE + header.stored_length;
    use->is_loose = header.codec == FRAME_ZSTD && use->plain < DENSE_PLAIN_BYTES;
    if (header.codec == FRAME_ZSTD && !use->is_loose) {
        density->plain += use->plain;
        density->stored += use->stored;
    }
}

/* What the needed bytes of a frame come to when they are stored once more. */
static uint64_t live_bytes(const FrameUse *use, const Density *density)
{
    if (use->plain == 0)
        return use->live;
    uint64_t live = MIN(use->live, use->plain);
    uint64_t as_it_is = use->stored * live / use->plain;
    uint64_t dense = density->plain > 0 ? live * density->stored / density->plain : as_it_is;
    return use->is_loose ? MIN(as_it_is, dense) : as_it_is;
}

static GArray *list_packs(Repository *repository, GError **error)
{
    g_autoptr(GArray) present = pack_file_list(repository->packs_directory, error);
    g_autoptr(CatalogTxn) txn = present ? repository_read_begin(repository, error) : NULL;
    g_autoptr(GArray) retired = txn ? catalog_retired_packs(txn, NULL, error) : NULL;
    if (!retired)
        return NULL;
    GArray *uses = g_array_new(FALSE, FALSE, sizeof(PackUse));
    for (guint i = 0; i < present->len; i++) {
        PackUse use = {.pack = g_array_index(present, uint32_t, i)};
        if (!number_set_has(retired, use.pack) && pack_reader_length(repository->packs, use.pack, &use.bytes, NULL))
            g_array_append_val(uses, use);
    }
    return uses;
}

static int compare_packs(const void *a, const void *b)
{
    const PackUse *left = a, *right = b;
    return (left->pack > right->pack) - (left->pack < right->pack);
}

static Density read_headers(Repository *repository, GHashTable *frames)
{
    Density density = {0};
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, frames);
    while (g_hash_table_iter_next(&iterator, &value, NULL))
        read_header(repository, value, &density);
    return density;
}

static void add_up(Repository *repository, GHashTable *frames, GArray *uses)
{
    Density density = read_headers(repository, frames);
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, frames);
    while (g_hash_table_iter_next(&iterator, &value, NULL)) {
        const FrameUse *frame = value;
        PackUse wanted = {.pack = frame->place.pack};
        guint index;
        if (g_array_binary_search(uses, &wanted, compare_packs, &index))
            g_array_index(uses, PackUse, index).live_bytes += live_bytes(frame, &density);
    }
}

GArray *repack_survey(Repository *repository, GError **error)
{
    g_autoptr(Liveness) liveness = liveness_find(repository, error);
    g_autoptr(GHashTable) frames = g_hash_table_new_full(log_position_hash, log_position_equal, g_free, NULL);
    Survey survey = {.liveness = liveness, .frames = frames};
    g_autoptr(CatalogTxn) txn = liveness ? repository_read_begin(repository, error) : NULL;
    if (!txn || !catalog_each_blob(txn, take_blob, &survey, error))
        return NULL;
    GArray *uses = list_packs(repository, error);
    if (uses)
        add_up(repository, frames, uses);
    return uses;
}

bool repack_checkpoint_bytes(Repository *repository, uint64_t *bytes, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    *bytes = 0;
    for (CatalogTable table = TABLE_META; txn && table < TABLE_COUNT; table++) {
        uint64_t rows;
        if (!catalog_count(txn, table, &rows, error))
            return false;
        *bytes += table != TABLE_BLOBS ? rows * CHECKPOINT_BYTES_A_ROW : 0;
    }
    return txn != NULL;
}
