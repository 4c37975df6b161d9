/* For builds under ThreadSanitizer only: GLib's locks made of POSIX ones.
 *
 * GLib's are futexes inside a library that is not instrumented, so ThreadSanitizer does not see that they order
 * anything, and every access they guard looks like a race. It knows the POSIX ones. These definitions take the place of
 * GLib's in the programs they are linked into; a lock that GLib made itself and keeps to itself is not touched. */
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t *new_mutex(void)
{
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    pthread_mutex_init(mutex, NULL);
    return mutex;
}

/* Static locks are never initialised: the first who uses one makes it. */
static pthread_mutex_t *mutex_of(GMutex *mutex)
{
    pthread_mutex_t *known = __atomic_load_n(&mutex->p, __ATOMIC_ACQUIRE);
    if (known)
        return known;
    gpointer none = NULL;
    pthread_mutex_t *made = new_mutex();
    if (__atomic_compare_exchange_n(&mutex->p, &none, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    pthread_mutex_destroy(made);
    free(made);
    return none;
}

static pthread_cond_t *cond_of(GCond *cond)
{
    pthread_cond_t *known = __atomic_load_n(&cond->p, __ATOMIC_ACQUIRE);
    if (known)
        return known;
    gpointer none = NULL;
    pthread_cond_t *made = malloc(sizeof *made);
    pthread_cond_init(made, NULL);
    if (__atomic_compare_exchange_n(&cond->p, &none, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    pthread_cond_destroy(made);
    free(made);
    return none;
}

void g_mutex_init(GMutex *mutex)
{
    mutex->p = NULL;
}

void g_mutex_clear(GMutex *mutex)
{
    if (mutex->p)
        pthread_mutex_destroy(mutex->p);
    free(mutex->p);
    mutex->p = NULL;
}

void g_mutex_lock(GMutex *mutex)
{
    pthread_mutex_lock(mutex_of(mutex));
}

gboolean g_mutex_trylock(GMutex *mutex)
{
    return pthread_mutex_trylock(mutex_of(mutex)) == 0;
}

void g_mutex_unlock(GMutex *mutex)
{
    pthread_mutex_unlock(mutex_of(mutex));
}

void g_cond_init(GCond *cond)
{
    cond->p = NULL;
}

void g_cond_clear(GCond *cond)
{
    if (cond->p)
        pthread_cond_destroy(cond->p);
    free(cond->p);
    cond->p = NULL;
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
    pthread_cond_wait(cond_of(cond), mutex_of(mutex));
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time_us)
{
    struct timespec end = {.tv_sec = end_time_us / G_USEC_PER_SEC, .tv_nsec = end_time_us % G_USEC_PER_SEC * 1000};
    return pthread_cond_clockwait(cond_of(cond), mutex_of(mutex), CLOCK_MONOTONIC, &end) == 0;
}

void g_cond_signal(GCond *cond)
{
    pthread_cond_signal(cond_of(cond));
}

void g_cond_broadcast(GCond *cond)
{
    pthread_cond_broadcast(cond_of(cond));
}

/* Its lock is GLib's own, so the queue is made anew of the ones above. */
struct _GAsyncQueue {
    GMutex mutex;
    GCond arrived;
    GQueue items;
    GDestroyNotify free_item;
};

GAsyncQueue *g_async_queue_new_full(GDestroyNotify free_item)
{
    GAsyncQueue *queue = g_new0(GAsyncQueue, 1);
    g_queue_init(&queue->items);
    queue->free_item = free_item;
    return queue;
}

void g_async_queue_push(GAsyncQueue *queue, gpointer item)
{
    g_mutex_lock(&queue->mutex);
    g_queue_push_tail(&queue->items, item);
    g_cond_signal(&queue->arrived);
    g_mutex_unlock(&queue->mutex);
}

gpointer g_async_queue_pop(GAsyncQueue *queue)
{
    g_mutex_lock(&queue->mutex);
    while (queue->items.length == 0)
        g_cond_wait(&queue->arrived, &queue->mutex);
    gpointer item = g_queue_pop_head(&queue->items);
    g_mutex_unlock(&queue->mutex);
    return item;
}

gint g_async_queue_length(GAsyncQueue *queue)
{
    g_mutex_lock(&queue->mutex);
    gint length = (gint)queue->items.length;
    g_mutex_unlock(&queue->mutex);
    return length;
}

void g_async_queue_unref(GAsyncQueue *queue)
{
    g_queue_clear_full(&queue->items, queue->free_item);
    g_mutex_clear(&queue->mutex);
    g_cond_clear(&queue->arrived);
    g_free(queue);
}
