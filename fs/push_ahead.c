#include "push_ahead.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>

#include "mount_thread.h"
#include "push_batch.h"
#include "push_walks.h"
#include "tree.h"

#define PIECE_BYTES ((size_t)1 << 20)
#define UNKNOWN_AT_MOST 16u /* messages in a row that the kernel has forgotten: it has other uses for its memory */

/* One of the threads that push. */
typedef struct {
    PushAhead *push;
    unsigned lane;
    PushBatch *batch;
    uint8_t *bytes;
    GThread *thread;
} Pusher;

struct PushAhead {
    Repository *repository;
    struct fuse_session *session;
    PushWalks *walks;
    GMutex taking; /* of the range */
    PushRange range;
    bool has_range; /* something of it is left */
    Pusher pushers[PUSH_LANES];
    atomic_uint running; /* pushers */
};

static bool take_batch(PushAhead *push, Pusher *pusher)
{
    uint32_t mailbox;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&push->taking);
    while (!push->has_range) {
        if (!push_walks_wait(push->walks, &mailbox))
            return false;
        push->has_range = push_walks_take_chunk(push->walks, mailbox, &push->range);
    }
    push_walks_enter(push->walks, pusher->lane, &push->range);
    push_batch_take(pusher->batch, push->repository, &push->range);
    push->has_range = push_walks_move_on(push->walks, &push->range);
    return true;
}

/* What cannot be read is not pushed: who asks for it is told. */
static int store_piece(const Pusher *pusher, const PushMessage *message, uint64_t offset)
{
    size_t got;
    size_t length = (size_t)MIN(message->size - offset, PIECE_BYTES);
    struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(length);
    bytes.buf[0].mem = pusher->bytes;
    if (!body_read(message->body, offset, pusher->bytes, length, &got, NULL) || got < length)
        return 0;
    return fuse_lowlevel_notify_store(pusher->push->session, tree_message_node(pusher->batch->mailbox, message->uid),
                                      (off_t)offset, &bytes, 0);
}

static int store(const Pusher *pusher, const PushMessage *message)
{
    int result = 0;
    for (uint64_t offset = 0; message->body && offset < message->size && result == 0; offset += PIECE_BYTES)
        result = store_piece(pusher, message, offset);
    return result;
}

static void store_batch(Pusher *pusher)
{
    unsigned unknown = 0;
    PushWalks *walks = pusher->push->walks;
    const PushBatch *batch = pusher->batch;
    for (unsigned i = 0; i < batch->messages->len && unknown < UNKNOWN_AT_MOST; i++) {
        const PushMessage *message = &g_array_index(batch->messages, PushMessage, i);
        int result = push_walks_pass(walks, pusher->lane, batch->mailbox, message->uid) ? store(pusher, message) : 0;
        if (result == -ENOENT)
            unknown++;
        else if (result != 0)
            unknown = UNKNOWN_AT_MOST;
    }
    if (unknown >= UNKNOWN_AT_MOST)
        push_walks_end(walks, batch->mailbox);
    push_walks_leave(walks, pusher->lane, batch->mailbox);
}

/* A thread that pushes does not interrupt, when it wakes, who reads what has been pushed. */
static void give_way(void)
{
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
}

static void *push_main(void *user)
{
    Pusher *pusher = user;
    give_way();
    while (take_batch(pusher->push, pusher)) {
        push_batch_open(pusher->batch, pusher->push->repository);
        store_batch(pusher);
    }
    atomic_fetch_sub(&pusher->push->running, 1);
    return NULL;
}

static bool start_pusher(PushAhead *push, unsigned lane, GError **error)
{
    Pusher *pusher = &push->pushers[lane];
    pusher->push = push;
    pusher->lane = lane;
    pusher->batch = push_batch_new();
    pusher->bytes = g_malloc(PIECE_BYTES);
    atomic_fetch_add(&push->running, 1);
    pusher->thread = mount_thread_start("push", push_main, pusher, error);
    if (!pusher->thread)
        atomic_fetch_sub(&push->running, 1);
    return pusher->thread != NULL;
}

PushAhead *push_ahead_start(Repository *repository, struct fuse_session *session, GError **error)
{
    PushAhead *push = g_new0(PushAhead, 1);
    push->repository = repository;
    push->session = session;
    push->walks = push_walks_new();
    g_mutex_init(&push->taking);
    for (unsigned i = 0; push && i < PUSH_LANES; i++)
        if (!start_pusher(push, i, error))
            g_clear_pointer(&push, push_ahead_free);
    return push;
}

void push_ahead_listed(PushAhead *push, uint64_t directory)
{
    push_walks_listed(push->walks, tree_mailbox(directory), tree_snapshot(directory));
}

void push_ahead_asked(PushAhead *push, uint64_t message)
{
    uint32_t mailbox = tree_mailbox(message);
    uint32_t uid = tree_uid(message);
    PushRange range;
    if (push_walks_read(push->walks, mailbox, uid, &range) && push_batch_is_near(push->repository, &range, uid))
        push_walks_begin(push->walks, mailbox);
    push_walks_hold(push->walks, mailbox, uid);
}

void push_ahead_stop(PushAhead *push)
{
    push_walks_stop(push->walks);
}

bool push_ahead_has_ended(PushAhead *push)
{
    return atomic_load(&push->running) == 0;
}

static void free_pusher(Pusher *pusher)
{
    if (pusher->thread)
        g_thread_join(pusher->thread);
    if (pusher->batch)
        push_batch_free(pusher->batch);
    g_free(pusher->bytes);
}

void push_ahead_free(PushAhead *push)
{
    if (!push)
        return;
    push_walks_stop(push->walks);
    for (unsigned i = 0; i < PUSH_LANES; i++)
        free_pusher(&push->pushers[i]);
    g_mutex_clear(&push->taking);
    push_walks_free(push->walks);
    g_free(push);
}
