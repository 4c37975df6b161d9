#include "fetch_pool.h"

#include <stdlib.h>
#include <string.h>

typedef enum { FETCH_WANTED, FETCH_ARRIVED, FETCH_ABSENT } FetchState;

struct FetchPool {
    const uint32_t *uids;
    size_t count;
    GMutex lock;         /* guards what follows */
    uint8_t *states;     /* FetchState, one for each UID */
    GQueue waiting;      /* FetchBatch*, owned */
    GHashTable *reasons; /* UID to text */
    size_t arrived;
    size_t absent;
};

static void push(FetchPool *pool, FetchBatch batch)
{
    if (batch.count > 0)
        g_queue_push_head(&pool->waiting, g_memdup2(&batch, sizeof batch));
}

FetchPool *fetch_pool_new(const uint32_t *uids, size_t count)
{
    FetchPool *pool = g_new0(FetchPool, 1);
    pool->uids = uids;
    pool->count = count;
    pool->states = g_new0(uint8_t, count);
    pool->reasons = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_mutex_init(&pool->lock);
    g_queue_init(&pool->waiting);
    push(pool, (FetchBatch){.count = count});
    return pool;
}

void fetch_pool_free(FetchPool *pool)
{
    if (!pool)
        return;
    g_queue_clear_full(&pool->waiting, g_free);
    g_hash_table_unref(pool->reasons);
    g_mutex_clear(&pool->lock);
    g_free(pool->states);
    g_free(pool);
}

bool fetch_pool_take(FetchPool *pool, size_t most, FetchBatch *batch)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    g_autofree FetchBatch *next = g_queue_pop_head(&pool->waiting);
    if (!next)
        return false;
    *batch = *next;
    batch->count = MIN(next->count, most);
    push(pool,
         (FetchBatch){.first = next->first + batch->count, .count = next->count - batch->count, .tries = next->tries});
    return true;
}

static bool is_wanted(const FetchPool *pool, size_t index)
{
    return pool->states[index] == FETCH_WANTED;
}

GArray *fetch_pool_wanted(FetchPool *pool, const FetchBatch *batch)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    GArray *wanted = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (size_t i = batch->first; i < batch->first + batch->count; i++)
        if (is_wanted(pool, i))
            g_array_append_val(wanted, pool->uids[i]);
    return wanted;
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

bool fetch_pool_arrived(FetchPool *pool, uint32_t uid)
{
    const uint32_t *found = pool->count > 0 ? bsearch(&uid, pool->uids, pool->count, sizeof uid, compare_uids) : NULL;
    if (!found)
        return false;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    size_t index = (size_t)(found - pool->uids);
    if (pool->states[index] == FETCH_ARRIVED)
        return false;
    pool->states[index] = FETCH_ARRIVED;
    pool->arrived++;
    return true;
}

static void set_reason(FetchPool *pool, uint32_t uid, const char *reason)
{
    if (reason)
        g_hash_table_replace(pool->reasons, GUINT_TO_POINTER(uid), g_strdup(reason));
}

void fetch_pool_gave_nothing(FetchPool *pool, uint32_t uid, const char *reason)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    set_reason(pool, uid, reason);
}

static void give_up(FetchPool *pool, const FetchBatch *batch, const char *reason)
{
    for (size_t i = batch->first; i < batch->first + batch->count; i++) {
        if (!is_wanted(pool, i))
            continue;
        pool->states[i] = FETCH_ABSENT;
        pool->absent++;
        set_reason(pool, pool->uids[i], reason);
    }
}

/* The batch without those at its ends that are not wanted any more. */
static FetchBatch trim(const FetchPool *pool, FetchBatch batch)
{
    while (batch.count > 0 && !is_wanted(pool, batch.first + batch.count - 1))
        batch.count--;
    while (batch.count > 0 && !is_wanted(pool, batch.first)) {
        batch.first++;
        batch.count--;
    }
    return batch;
}

static void ask_again(FetchPool *pool, FetchBatch batch, BatchEnd end, const char *reason)
{
    bool in_halves = end == BATCH_REFUSED && batch.count > 1;
    if (end == BATCH_UNASKED) {
        push(pool, batch);
    } else if (in_halves) {
        size_t half = batch.count / 2;
        push(pool, (FetchBatch){.first = batch.first + half, .count = batch.count - half});
        push(pool, (FetchBatch){.first = batch.first, .count = half});
    } else if (batch.tries == 0) {
        batch.tries++;
        push(pool, batch);
    } else {
        give_up(pool, &batch, reason);
    }
}

void fetch_pool_return(FetchPool *pool, const FetchBatch *batch, BatchEnd end, const char *reason)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    FetchBatch left = trim(pool, *batch);
    if (left.count > 0)
        ask_again(pool, left, end, reason);
}

size_t fetch_pool_count_arrived(FetchPool *pool)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    return pool->arrived;
}

size_t fetch_pool_count_waiting(FetchPool *pool)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    size_t waiting = 0;
    for (GList *link = pool->waiting.head; link; link = link->next) {
        const FetchBatch *batch = link->data;
        for (size_t i = batch->first; i < batch->first + batch->count; i++)
            waiting += is_wanted(pool, i);
    }
    return waiting;
}

size_t fetch_pool_count_absent(FetchPool *pool)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    return pool->absent;
}

GArray *fetch_pool_absent(FetchPool *pool)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    GArray *absent = g_array_new(FALSE, FALSE, sizeof(AbsentMessage));
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->states[i] != FETCH_ABSENT)
            continue;
        AbsentMessage message = {.uid = pool->uids[i],
                                 .reason = g_hash_table_lookup(pool->reasons, GUINT_TO_POINTER(pool->uids[i]))};
        g_array_append_val(absent, message);
    }
    return absent;
}
