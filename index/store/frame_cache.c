#include "frame_cache.h"

#include "error.h"

typedef struct {
    LogPosition place;
    GBytes *plain; /* NULL while one thread reads it */
    GList link;    /* in FrameCache.used, newest first, once it is read */
} CachedFrame;

struct FrameCache {
    PackReader *reader;
    size_t bytes_at_most;
    size_t bytes;
    GMutex mutex;
    GCond read_done;
    GHashTable *frames; /* LogPosition -> CachedFrame */
    GQueue used;
};

static void cached_frame_free(void *data)
{
    CachedFrame *frame = data;
    if (frame->plain)
        g_bytes_unref(frame->plain);
    g_free(frame);
}

FrameCache *frame_cache_new(PackReader *reader, size_t plain_bytes_at_most)
{
    FrameCache *cache = g_new0(FrameCache, 1);
    cache->reader = reader;
    cache->bytes_at_most = plain_bytes_at_most;
    g_mutex_init(&cache->mutex);
    g_cond_init(&cache->read_done);
    cache->frames = g_hash_table_new_full(log_position_hash, log_position_equal, NULL, cached_frame_free);
    g_queue_init(&cache->used);
    return cache;
}

void frame_cache_free(FrameCache *cache)
{
    if (!cache)
        return;
    g_hash_table_unref(cache->frames);
    g_mutex_clear(&cache->mutex);
    g_cond_clear(&cache->read_done);
    g_free(cache);
}

void frame_cache_set_limit(FrameCache *cache, size_t plain_bytes_at_most)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&cache->mutex);
    cache->bytes_at_most = plain_bytes_at_most;
}

static void evict(FrameCache *cache)
{
    while (cache->bytes > cache->bytes_at_most && cache->used.length > 1) {
        CachedFrame *oldest = g_queue_peek_tail(&cache->used);
        g_queue_unlink(&cache->used, &oldest->link);
        cache->bytes -= g_bytes_get_size(oldest->plain);
        g_hash_table_remove(cache->frames, &oldest->place);
    }
}

/* The entry for `place` once no other thread is reading it; NULL when there is none. */
static CachedFrame *wait_for(FrameCache *cache, const LogPosition *place)
{
    CachedFrame *frame;
    while ((frame = g_hash_table_lookup(cache->frames, place)) && !frame->plain)
        g_cond_wait(&cache->read_done, &cache->mutex);
    return frame;
}

static CachedFrame *announce(FrameCache *cache, LogPosition place)
{
    CachedFrame *frame = g_new0(CachedFrame, 1);
    frame->place = place;
    frame->link.data = frame;
    g_hash_table_insert(cache->frames, &frame->place, frame);
    return frame;
}

static void keep(FrameCache *cache, CachedFrame *frame, GBytes *plain)
{
    frame->plain = g_bytes_ref(plain);
    cache->bytes += g_bytes_get_size(plain);
    g_queue_push_head_link(&cache->used, &frame->link);
    evict(cache);
}

static GBytes *read_and_keep(FrameCache *cache, LogPosition place, GError **error)
{
    CachedFrame *frame = announce(cache, place);
    g_mutex_unlock(&cache->mutex);
    FrameHeader header;
    GBytes *plain = pack_reader_frame(cache->reader, place, &header, error);
    g_mutex_lock(&cache->mutex);
    if (plain)
        keep(cache, frame, plain);
    else
        g_hash_table_remove(cache->frames, &place);
    g_cond_broadcast(&cache->read_done);
    return plain;
}

GBytes *frame_cache_get(FrameCache *cache, LogPosition place, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&cache->mutex);
    CachedFrame *frame = wait_for(cache, &place);
    if (!frame)
        return read_and_keep(cache, place, error);
    g_queue_unlink(&cache->used, &frame->link);
    g_queue_push_head_link(&cache->used, &frame->link);
    return g_bytes_ref(frame->plain);
}
