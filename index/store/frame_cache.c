#include "frame_cache.h"

#include <string.h>

#include "error.h"

/* Who waits for the beginning of a frame is not kept waiting for what another needs of it. */
#define STEP_BYTES ((size_t)512 << 10)

typedef struct {
    LogPosition place;
    unsigned users;   /* threads that read it */
    bool dropped;     /* no longer in the table: the last user frees it */
    bool busy;        /* a thread opens or decompresses it */
    OpenFrame *frame; /* NULL before it was opened */
    size_t ready;     /* plain bytes that are there */
    size_t memory;    /* bytes of it that FrameCache.memory counts, once it is open */
    GList link;       /* in FrameCache.used, newest first, once it is open */
} CachedFrame;

struct FrameCache {
    PackReader *reader;
    size_t memory_at_most; /* bytes */
    size_t memory;         /* bytes, of all that are open */
    GMutex mutex;
    GCond advanced;
    GHashTable *frames; /* LogPosition -> CachedFrame */
    GQueue used;
};

static void cached_frame_free(CachedFrame *cached)
{
    open_frame_free(cached->frame);
    g_free(cached);
}

/* Out of the table: freed now, or by its last user. */
static void drop(void *data)
{
    CachedFrame *cached = data;
    cached->dropped = true;
    if (cached->users == 0)
        cached_frame_free(cached);
}

FrameCache *frame_cache_new(PackReader *reader, size_t bytes_at_most)
{
    FrameCache *cache = g_new0(FrameCache, 1);
    cache->reader = reader;
    cache->memory_at_most = bytes_at_most;
    g_mutex_init(&cache->mutex);
    g_cond_init(&cache->advanced);
    cache->frames = g_hash_table_new_full(log_position_hash, log_position_equal, NULL, drop);
    g_queue_init(&cache->used);
    return cache;
}

void frame_cache_free(FrameCache *cache)
{
    if (!cache)
        return;
    g_hash_table_unref(cache->frames);
    g_mutex_clear(&cache->mutex);
    g_cond_clear(&cache->advanced);
    g_free(cache);
}

void frame_cache_set_limit(FrameCache *cache, size_t bytes_at_most)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&cache->mutex);
    cache->memory_at_most = bytes_at_most;
}

static void forget(FrameCache *cache, CachedFrame *cached)
{
    if (cached->dropped)
        return;
    if (cached->frame) {
        g_queue_unlink(&cache->used, &cached->link);
        cache->memory -= cached->memory;
    }
    g_hash_table_remove(cache->frames, &cached->place);
}

static void evict(FrameCache *cache)
{
    while (cache->memory > cache->memory_at_most && cache->used.length > 1)
        forget(cache, g_queue_peek_tail(&cache->used));
}

static void count(FrameCache *cache, CachedFrame *cached)
{
    size_t before = cached->memory;
    cached->memory = open_frame_memory(cached->frame);
    if (!cached->dropped)
        cache->memory += cached->memory - before;
}

static void keep(FrameCache *cache, CachedFrame *cached, OpenFrame *frame)
{
    cached->frame = frame;
    count(cache, cached);
    if (cached->dropped)
        return;
    g_queue_push_head_link(&cache->used, &cached->link);
    evict(cache);
}

static CachedFrame *use(FrameCache *cache, LogPosition place)
{
    CachedFrame *cached = g_hash_table_lookup(cache->frames, &place);
    if (!cached) {
        cached = g_new0(CachedFrame, 1);
        cached->place = place;
        cached->link.data = cached;
        g_hash_table_insert(cache->frames, &cached->place, cached);
    } else if (cached->frame) {
        g_queue_unlink(&cache->used, &cached->link);
        g_queue_push_head_link(&cache->used, &cached->link);
    }
    cached->users++;
    return cached;
}

static void leave(CachedFrame *cached)
{
    if (--cached->users == 0 && cached->dropped)
        cached_frame_free(cached);
}

static bool open_frame(FrameCache *cache, CachedFrame *cached, GError **error)
{
    g_mutex_unlock(&cache->mutex);
    OpenFrame *frame = pack_reader_open_frame(cache->reader, cached->place, error);
    g_mutex_lock(&cache->mutex);
    if (frame)
        keep(cache, cached, frame);
    return frame != NULL;
}

static bool decompress(FrameCache *cache, CachedFrame *cached, size_t end, GError **error)
{
    size_t ready = cached->ready;
    g_mutex_unlock(&cache->mutex);
    bool advanced = open_frame_advance(cached->frame, MIN(end, ready + STEP_BYTES), &ready, error);
    g_mutex_lock(&cache->mutex);
    cached->ready = ready;
    count(cache, cached);
    if (!advanced)
        pack_reader_name_place(cached->place, error);
    return advanced;
}

/* One step towards `end`. */
static bool advance(FrameCache *cache, CachedFrame *cached, size_t end, GError **error)
{
    cached->busy = true;
    bool done = cached->frame ? decompress(cache, cached, end, error) : open_frame(cache, cached, error);
    cached->busy = false;
    g_cond_broadcast(&cache->advanced);
    if (!done)
        forget(cache, cached);
    return done;
}

static bool is_too_short(const CachedFrame *cached, uint64_t offset, size_t length)
{
    size_t available = cached->frame ? open_frame_length(cached->frame) : G_MAXSIZE;
    return offset > available || length > available - offset;
}

/* Until the first `end` bytes are there, by this thread or by another. */
static bool get_ready(FrameCache *cache, CachedFrame *cached, uint64_t offset, size_t length, GError **error)
{
    while (!is_too_short(cached, offset, length)) {
        size_t end = (size_t)offset + length;
        if (cached->frame && cached->ready >= end)
            return true;
        if (cached->busy)
            g_cond_wait(&cache->advanced, &cache->mutex);
        else if (!advance(cache, cached, end, error))
            return false;
    }
    mb_error_set(error, MB_ERROR_CORRUPT, "frame is too short");
    pack_reader_name_place(cached->place, error);
    return false;
}

bool frame_cache_read(FrameCache *cache, LogPosition place, uint64_t offset, void *data, size_t length, GError **error)
{
    g_mutex_lock(&cache->mutex);
    CachedFrame *cached = use(cache, place);
    bool ready = get_ready(cache, cached, offset, length, error);
    g_mutex_unlock(&cache->mutex);
    if (ready)
        memcpy(data, open_frame_plain(cached->frame) + offset, length);
    g_mutex_lock(&cache->mutex);
    leave(cached);
    g_mutex_unlock(&cache->mutex);
    return ready;
}
