#include "blob_store.h"

#include "blob_index.h"
#include "blob_reader.h"
#include "body.h"
#include "catalog_query.h"
#include "dissect.h"
#include "error.h"
#include "frame.h"
#include "frame_builder.h"
#include "frame_press.h"
#include "pack_writer.h"

#define COPY_BYTES ((size_t)256 << 10)

/* Kinds of frames: one of each is being filled. */
typedef enum { LANE_PARTS, LANE_TEXT, LANES } Lane;

/* Measured on mailing lists: level 6 would save 4 % and take two and a half times as long, which a first sync over a
 * fast network would feel; optimizing saves more. With what finds longer matches anywhere in the frame, whole frames
 * take a third less time than at level 3 and are not 2 % larger; twice the tables would save half of that and take a
 * sixth longer. */
#define WHOLE_FRAME_BYTES ((size_t)2 << 20)
static const FrameSettings fast_small = {.effort = EFFORT_FAST, .level = 3};
static const FrameSettings fast[] = {
    [LANE_PARTS] =
        {.effort = EFFORT_FAST, .level = 2, .window_log = 22, .hash_log = 16, .min_match = 6, .target_length = 2},
    [LANE_TEXT] = {.effort = EFFORT_FAST, .level = 2, .window_log = 22, .hash_log = 17, .min_match = 7},
};
/* Of parts most is compressed already, and what is alike may lie far apart. */
static const FrameSettings best[] = {
    [LANE_PARTS] = {.effort = EFFORT_BEST, .level = 19, .long_distance = true},
    [LANE_TEXT] = {.effort = EFFORT_BEST, .level = 19},
};
static const FrameSettings journal_settings = {.level = 3};

struct BlobStore {
    Repository *repository;
    PackWriter *packs;
    FrameBuilder *frames[LANES];
    FramePress *press;
    BlobIndex *index;      /* of the frames appended since the last blob_store_index() */
    GHashTable *unflushed; /* BlobName*, in frames that were not appended yet */
    uint8_t *copy;
    Effort effort;
    uint64_t written;
    bool stored; /* anything since the last blob_store_index() */
};

void blob_store_set_effort(BlobStore *store, Effort effort)
{
    store->effort = effort;
}

BlobStore *blob_store_open(Repository *repository, LogPosition end, GError **error)
{
    g_autoptr(BlobStore) store = g_new0(BlobStore, 1);
    store->repository = repository;
    for (int lane = 0; lane < LANES; lane++)
        store->frames[lane] = frame_builder_new(FRAME_TARGET_PLAIN_BYTES);
    store->press = frame_press_new();
    store->index = blob_index_new();
    store->unflushed = g_hash_table_new_full(blob_name_hash, blob_name_equal, g_free, NULL);
    store->copy = g_malloc(COPY_BYTES);
    store->packs = pack_writer_open(repository->packs_directory, repository->id, end, repository->seal, error);
    return store->packs ? g_steal_pointer(&store) : NULL;
}

void blob_store_close(BlobStore *store)
{
    if (!store)
        return;
    pack_writer_close(store->packs);
    for (int lane = 0; lane < LANES; lane++)
        frame_builder_free(store->frames[lane]);
    frame_press_free(store->press);
    blob_index_free(store->index);
    g_hash_table_unref(store->unflushed);
    g_free(store->copy);
    g_free(store);
}

static bool append_frame(BlobStore *store, GByteArray *frame, LogPosition *place, GError **error)
{
    if (!pack_writer_append(store->packs, frame, place, error))
        return false;
    store->written += frame->len;
    return true;
}

static Lane lane_of(BlobType type)
{
    return type == BLOB_PART ? LANE_PARTS : LANE_TEXT;
}

/* Appends the frame that was put into the press first. */
static bool append_pressed(BlobStore *store, GError **error)
{
    g_auto(PressedFrame) pressed = frame_press_take(store->press);
    LogPosition place;
    if (!append_frame(store, pressed.frame, &place, error))
        return false;
    blob_index_add_frame(store->index, pressed.segments, place);
    Lane lane = lane_of(g_array_index(pressed.segments, FrameSegment, 0).type);
    frame_builder_reuse(store->frames[lane], g_steal_pointer(&pressed.plain));
    for (guint i = 0; i < pressed.segments->len; i++) {
        const FrameSegment *segment = &g_array_index(pressed.segments, FrameSegment, i);
        BlobName name = {.type = segment->type, .id = segment->id};
        g_hash_table_remove(store->unflushed, &name);
    }
    return true;
}

static const FrameSettings *settings_of(const BlobStore *store, Lane lane, const PlainFrame *plain)
{
    if (store->effort == EFFORT_BEST)
        return &best[lane];
    return plain->plain->len < WHOLE_FRAME_BYTES ? &fast_small : &fast[lane];
}

static bool close_frame(BlobStore *store, Lane lane, GError **error)
{
    if (frame_builder_is_empty(store->frames[lane]))
        return true;
    if (frame_press_is_full(store->press) && !append_pressed(store, error))
        return false;
    g_auto(PlainFrame) plain = frame_builder_finish(store->frames[lane]);
    frame_press_put(store->press, &plain, settings_of(store, lane, &plain));
    return true;
}

bool blob_store_flush(BlobStore *store, GError **error)
{
    for (Lane lane = 0; lane < LANES; lane++)
        if (!close_frame(store, lane, error))
            return false;
    while (!frame_press_is_empty(store->press))
        if (!append_pressed(store, error))
            return false;
    return true;
}

bool blob_store_seal(BlobStore *store, const GByteArray *journal, LogPosition *end, GError **error)
{
    g_autoptr(FrameEncoder) encoder = frame_encoder_new();
    g_autoptr(GByteArray) frame =
        frame_encode(encoder, FRAME_JOURNAL, journal->data, journal->len, 0, &journal_settings);
    LogPosition place;
    if (!append_frame(store, frame, &place, error) || !pack_writer_sync(store->packs, error))
        return false;
    *end = pack_writer_end(store->packs);
    return true;
}

bool blob_store_rows(BlobStore *store, const GByteArray *plain, GError **error)
{
    g_autoptr(FrameEncoder) encoder = frame_encoder_new();
    g_autoptr(GByteArray) frame = frame_encode(encoder, FRAME_ROWS, plain->data, plain->len, 0, &journal_settings);
    LogPosition place;
    return append_frame(store, frame, &place, error);
}

void blob_store_begin_pack(BlobStore *store)
{
    pack_writer_begin_pack(store->packs);
}

bool blob_store_index(BlobStore *store, CatalogTxn *txn, GError **error)
{
    store->stored = false;
    return blob_index_store(store->index, txn, error);
}

bool blob_store_is_empty(const BlobStore *store)
{
    return !store->stored;
}

uint64_t blob_store_written(const BlobStore *store)
{
    return store->written;
}

bool blob_store_has(const BlobStore *store, const BlobName *name)
{
    return g_hash_table_contains(store->unflushed, name) || blob_index_has(store->index, name);
}

static CatalogAnswer is_known(BlobStore *store, BlobName name, GError **error)
{
    if (blob_store_has(store, &name))
        return CATALOG_FOUND;
    g_autoptr(CatalogTxn) txn = repository_read_begin(store->repository, error);
    return txn ? catalog_blob(txn, name.type, &name.id, NULL, error) : CATALOG_FAILED;
}

/* A recipe is known if all its parts are there: what a power cut or damage left is stored again. */
static CatalogAnswer is_recipe_known(BlobStore *store, const ContentId *id, GError **error)
{
    BlobName name = {.type = BLOB_RECIPE, .id = *id};
    if (blob_store_has(store, &name))
        return CATALOG_FOUND;
    CatalogAnswer known = is_known(store, name, error);
    if (known != CATALOG_FOUND)
        return known;
    g_autoptr(View) view = view_acquire(store->repository, error);
    g_autoptr(Body) body = view ? body_open(view, id, NULL) : NULL;
    return body ? CATALOG_FOUND : view ? CATALOG_ABSENT : CATALOG_FAILED;
}

/* A message is known whole or as a recipe. */
static CatalogAnswer is_message_known(BlobStore *store, const ContentId *id, GError **error)
{
    CatalogAnswer whole = is_known(store, (BlobName){.type = BLOB_MESSAGE, .id = *id}, error);
    return whole != CATALOG_ABSENT ? whole : is_recipe_known(store, id, error);
}

/* A blob on its way into frames: some bytes in front, then a piece of a spool. */
typedef struct {
    BlobName name;
    const GByteArray *front; /* or NULL */
    Spool *spool;
    uint64_t start;
    uint64_t length; /* of the piece */
} Incoming;

static uint64_t incoming_length(const Incoming *blob)
{
    return (blob->front ? blob->front->len : 0) + blob->length;
}

static bool add_segment(BlobStore *store, Lane lane, const Incoming *blob, uint64_t offset, const void *data,
                        size_t length, GError **error)
{
    FrameSegment segment = {.type = blob->name.type,
                            .id = blob->name.id,
                            .blob_length = incoming_length(blob),
                            .blob_offset = offset,
                            .length = (uint32_t)length};
    frame_builder_add(store->frames[lane], &segment, data);
    return frame_builder_room(store->frames[lane]) > 0 || close_frame(store, lane, error);
}

static bool store_front(BlobStore *store, Lane lane, const Incoming *blob, GError **error)
{
    size_t length, total = blob->front ? blob->front->len : 0;
    for (size_t done = 0; done < total; done += length) {
        length = MIN(total - done, frame_builder_room(store->frames[lane]));
        if (!add_segment(store, lane, blob, done, blob->front->data + done, length, error))
            return false;
    }
    return true;
}

static bool store_piece(BlobStore *store, Lane lane, const Incoming *blob, GError **error)
{
    uint64_t front = incoming_length(blob) - blob->length;
    size_t got;
    for (uint64_t done = 0; done < blob->length; done += got) {
        size_t wanted = (size_t)MIN(MIN(COPY_BYTES, frame_builder_room(store->frames[lane])), blob->length - done);
        const uint8_t *piece = spool_peek(blob->spool, blob->start + done, store->copy, wanted, &got, error);
        if (!piece || !add_segment(store, lane, blob, front + done, piece, got, error))
            return false;
    }
    return true;
}

/* A blob goes into one frame if it fits into any; a larger one fills several. */
static bool begin_blob(BlobStore *store, const Incoming *blob, GError **error)
{
    Lane lane = lane_of(blob->name.type);
    if (incoming_length(blob) > frame_builder_room(store->frames[lane]) && !close_frame(store, lane, error))
        return false;
    store->stored = true;
    g_hash_table_add(store->unflushed, g_memdup2(&blob->name, sizeof blob->name));
    return incoming_length(blob) > 0 || add_segment(store, lane, blob, 0, "", 0, error);
}

static bool store_blob(BlobStore *store, const Incoming *blob, GError **error)
{
    Lane lane = lane_of(blob->name.type);
    return begin_blob(store, blob, error) && store_front(store, lane, blob, error) &&
           store_piece(store, lane, blob, error);
}

bool blob_store_copy(BlobStore *store, const BlobName *name, const GArray *extents, GError **error)
{
    Incoming blob = {.name = *name, .length = blob_length(extents)};
    Lane lane = lane_of(blob.name.type);
    if (!begin_blob(store, &blob, error))
        return false;
    for (uint64_t done = 0; done < blob.length;) {
        size_t piece = (size_t)MIN(MIN(COPY_BYTES, frame_builder_room(store->frames[lane])), blob.length - done);
        if (!blob_read(store->repository, extents, done, store->copy, piece, error) ||
            !add_segment(store, lane, &blob, done, store->copy, piece, error))
            return false;
        done += piece;
    }
    return true;
}

static bool store_parts(BlobStore *store, const Dissection *dissection, GError **error)
{
    for (guint i = 0; i < dissection->parts->len; i++) {
        const DissectedPart *part = &g_array_index(dissection->parts, DissectedPart, i);
        Incoming blob = {.name = {.type = BLOB_PART, .id = part->id},
                         .spool = dissection->decoded,
                         .start = part->start,
                         .length = part->length};
        CatalogAnswer known = is_known(store, blob.name, error);
        if (known == CATALOG_FAILED || (known == CATALOG_ABSENT && !store_blob(store, &blob, error)))
            return false;
    }
    return true;
}

static bool store_dissected(BlobStore *store, const Dissection *dissection, const ContentId *id, GError **error)
{
    g_autoptr(GByteArray) spans = recipe_encode(dissection->recipe);
    Incoming blob = {.name = {.type = BLOB_RECIPE, .id = *id},
                     .front = spans,
                     .spool = dissection->text,
                     .length = spool_size(dissection->text)};
    return store_parts(store, dissection, error) && store_blob(store, &blob, error);
}

bool blob_store_message(BlobStore *store, Spool *message, const ContentId *id, bool *is_new, GError **error)
{
    CatalogAnswer known = is_message_known(store, id, error);
    *is_new = known == CATALOG_ABSENT;
    if (known != CATALOG_ABSENT)
        return known == CATALOG_FOUND;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Dissection) dissection = dissect(message, repository_path(store->repository), &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (dissection)
        return store_dissected(store, dissection, id, error);
    Incoming blob = {.name = {.type = BLOB_MESSAGE, .id = *id}, .spool = message, .length = spool_size(message)};
    return store_blob(store, &blob, error);
}
