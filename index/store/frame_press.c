#include "frame_press.h"

/* More would not pay: the thread that feeds them takes about as long for a frame as one of them. */
#define THREADS_AT_MOST 3u

typedef struct {
    PlainFrame plain;
    const FrameSettings *settings;
    GByteArray *frame; /* NULL until it is done */
} Job;

struct FramePress {
    GMutex mutex;
    GCond changed;
    GQueue jobs;    /* in the order they came, until they are taken */
    GQueue waiting; /* those that no thread has begun */
    bool closing;
    guint threads_at_most;
    guint thread_count; /* begun so far: as many as there were frames under way at once */
    GThread *threads[THREADS_AT_MOST];
};

void pressed_frame_clear(PressedFrame *frame)
{
    g_clear_pointer(&frame->frame, g_byte_array_unref);
    g_clear_pointer(&frame->segments, g_array_unref);
    g_clear_pointer(&frame->plain, g_byte_array_unref);
}

static void job_free(void *data)
{
    Job *job = data;
    plain_frame_clear(&job->plain);
    if (job->frame)
        g_byte_array_unref(job->frame);
    g_free(job);
}

static GByteArray *compress(FrameEncoder *encoder, const Job *job)
{
    const GByteArray *plain = job->plain.plain;
    return frame_encode(encoder, FRAME_BLOBS, plain->data, plain->len, job->plain.directory_length, job->settings);
}

/* The next job; NULL when there will be none. */
static Job *next_job(FramePress *press)
{
    while (g_queue_is_empty(&press->waiting) && !press->closing)
        g_cond_wait(&press->changed, &press->mutex);
    return g_queue_pop_head(&press->waiting);
}

static void *work(void *user)
{
    FramePress *press = user;
    g_autoptr(FrameEncoder) encoder = frame_encoder_new();
    Job *job;
    g_mutex_lock(&press->mutex);
    while ((job = next_job(press))) {
        g_mutex_unlock(&press->mutex);
        GByteArray *frame = compress(encoder, job);
        g_mutex_lock(&press->mutex);
        job->frame = frame;
        g_cond_broadcast(&press->changed);
    }
    g_mutex_unlock(&press->mutex);
    return NULL;
}

FramePress *frame_press_new(void)
{
    unsigned processors = g_get_num_processors(); /* asks the system each time */
    FramePress *press = g_new0(FramePress, 1);
    g_mutex_init(&press->mutex);
    g_cond_init(&press->changed);
    g_queue_init(&press->jobs);
    g_queue_init(&press->waiting);
    press->threads_at_most = CLAMP(processors, 1, THREADS_AT_MOST);
    return press;
}

void frame_press_free(FramePress *press)
{
    if (!press)
        return;
    g_mutex_lock(&press->mutex);
    g_queue_clear(&press->waiting);
    press->closing = true;
    g_cond_broadcast(&press->changed);
    g_mutex_unlock(&press->mutex);
    for (guint i = 0; i < press->thread_count; i++)
        g_thread_join(press->threads[i]);
    g_queue_clear_full(&press->jobs, job_free);
    g_mutex_clear(&press->mutex);
    g_cond_clear(&press->changed);
    g_free(press);
}

bool frame_press_is_full(const FramePress *press)
{
    return g_queue_get_length((GQueue *)&press->jobs) > press->threads_at_most;
}

bool frame_press_is_empty(const FramePress *press)
{
    return g_queue_is_empty((GQueue *)&press->jobs);
}

void frame_press_put(FramePress *press, PlainFrame *plain, const FrameSettings *settings)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&press->mutex);
    Job *job = g_new0(Job, 1);
    job->plain = *plain;
    *plain = (PlainFrame){0};
    job->settings = settings;
    g_queue_push_tail(&press->jobs, job);
    g_queue_push_tail(&press->waiting, job);
    guint wanted = MIN(g_queue_get_length(&press->jobs), press->threads_at_most);
    while (press->thread_count < wanted)
        press->threads[press->thread_count++] = g_thread_new("compress", work, press);
    g_cond_broadcast(&press->changed);
}

PressedFrame frame_press_take(FramePress *press)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&press->mutex);
    Job *job = g_queue_peek_head(&press->jobs);
    g_assert(job);
    while (!job->frame)
        g_cond_wait(&press->changed, &press->mutex);
    g_queue_pop_head(&press->jobs);
    PressedFrame pressed = {.frame = g_steal_pointer(&job->frame),
                            .segments = g_steal_pointer(&job->plain.segments),
                            .plain = g_steal_pointer(&job->plain.plain)};
    job_free(job);
    return pressed;
}
