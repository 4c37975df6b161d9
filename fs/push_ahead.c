#include "push_ahead.h"

#include <errno.h>
#include <stdatomic.h>

#include "mount_thread.h"
#include "push_batch.h"
#include "push_walks.h"
#include "tree.h"

#define BATCHES 4
#define UNKNOWN_AT_MOST 16u /* messages in a row that the kernel has forgotten: it has other uses for its memory */

struct PushAhead {
    Repository *repository;
    struct fuse_session *session;
    PushWalks *walks;
    GThread *planner;
    GThread *storer;
    GAsyncQueue *empty;   /* batches on their way to the planner */
    GAsyncQueue *planned; /* and to the storer */
    PushBatch *end;       /* when it comes, nothing follows */
    uint8_t *bytes;       /* of the piece that is stored; the storer's */
    atomic_bool ended;
};

static void plan_chunk(PushAhead *push, PushRange *range)
{
    for (bool more = true; more;) {
        PushBatch *batch = g_async_queue_pop(push->empty);
        push_batch_plan(batch, push->repository, range);
        more = push_walks_move_on(push->walks, range) && !batch->is_last;
        g_async_queue_push(push->planned, batch);
    }
}

static void *plan_main(void *user)
{
    PushAhead *push = user;
    PushRange range;
    uint32_t mailbox;
    while (push_walks_wait(push->walks, &mailbox))
        if (push_walks_take_chunk(push->walks, mailbox, &range))
            plan_chunk(push, &range);
    g_async_queue_push(push->planned, push->end);
    return NULL;
}

/* What cannot be read is not pushed: who asks for it is told. */
static int store(PushAhead *push, const PushBatch *batch, const PushPiece *piece)
{
    size_t got;
    struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(piece->length);
    uint64_t node = tree_message_node(batch->mailbox, piece->uid);
    bytes.buf[0].mem = push->bytes;
    if (!body_read(piece->body, piece->offset, push->bytes, piece->length, &got, NULL) || got < piece->length)
        return 0;
    return fuse_lowlevel_notify_store(push->session, node, (off_t)piece->offset, &bytes, 0);
}

static void store_batch(PushAhead *push, const PushBatch *batch)
{
    unsigned unknown = 0;
    for (unsigned i = 0; i < batch->pieces->len && unknown < UNKNOWN_AT_MOST; i++) {
        const PushPiece *piece = &g_array_index(batch->pieces, PushPiece, i);
        int result = push_walks_pass(push->walks, batch->mailbox, piece) ? store(push, batch, piece) : 0;
        if (result == -ENOENT)
            unknown++;
        else if (result != 0)
            unknown = UNKNOWN_AT_MOST;
    }
    if (unknown >= UNKNOWN_AT_MOST)
        push_walks_end(push->walks, batch->mailbox);
    if (batch->is_last)
        push_walks_end_chunk(push->walks, batch->mailbox);
}

static void *store_main(void *user)
{
    PushAhead *push = user;
    PushBatch *batch;
    while ((batch = g_async_queue_pop(push->planned)) != push->end) {
        store_batch(push, batch);
        g_async_queue_push(push->empty, batch);
    }
    atomic_store(&push->ended, true);
    return NULL;
}

static bool start_threads(PushAhead *push, GError **error)
{
    push->storer = mount_thread_start("push-store", store_main, push, error);
    push->planner = push->storer ? mount_thread_start("push-plan", plan_main, push, error) : NULL;
    if (push->storer && !push->planner)
        g_async_queue_push(push->planned, push->end);
    return push->planner != NULL;
}

static void free_batch(void *batch)
{
    push_batch_free(batch);
}

PushAhead *push_ahead_start(Repository *repository, struct fuse_session *session, GError **error)
{
    PushAhead *push = g_new0(PushAhead, 1);
    push->repository = repository;
    push->session = session;
    push->walks = push_walks_new();
    push->empty = g_async_queue_new_full(free_batch);
    push->planned = g_async_queue_new_full(free_batch);
    push->end = push_batch_new();
    push->bytes = g_malloc(PUSH_PIECE_BYTES);
    for (int i = 0; i < BATCHES; i++)
        g_async_queue_push(push->empty, push_batch_new());
    if (!start_threads(push, error))
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
    return atomic_load(&push->ended);
}

void push_ahead_free(PushAhead *push)
{
    if (!push)
        return;
    push_walks_stop(push->walks);
    if (push->planner)
        g_thread_join(push->planner);
    if (push->storer)
        g_thread_join(push->storer);
    g_async_queue_unref(push->empty);
    g_async_queue_unref(push->planned);
    push_batch_free(push->end);
    g_free(push->bytes);
    push_walks_free(push->walks);
    g_free(push);
}
