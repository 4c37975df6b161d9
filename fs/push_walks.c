#include "push_walks.h"

#define MAILBOXES_AT_MOST 1024u /* that are remembered as listed */
#define CHUNK_BYTES ((uint64_t)8 << 20)
#define HELD_AT_MOST 2u /* fewer than there are threads to answer requests */
#define HELD_UNTIL_AHEAD 96u
#define HELD_US_AT_MOST 20000

struct PushWalks {
    GMutex mutex; /* of all below */
    GCond wake;
    GHashTable *by_mailbox; /* PushWalk */
    uint64_t begun;         /* walks */
    GQueue due;             /* mailboxes that a chunk is due for */
    uint32_t walked;        /* the mailbox that somebody walked in last; 0: or is expected in the next one already */
    GCond moved;            /* what has been pushed, while somebody is held */
    unsigned held;          /* walkers */
    bool stopping;
};

static PushWalk *walk_of(const PushWalks *walks, uint32_t mailbox)
{
    return g_hash_table_lookup(walks->by_mailbox, GUINT_TO_POINTER(mailbox));
}

/* NULL when what is ahead of the walker is not wanted any more. */
static PushWalk *walking_in(const PushWalks *walks, uint32_t mailbox)
{
    PushWalk *walk = walk_of(walks, mailbox);
    return walk && walk->walking && !walks->stopping ? walk : NULL;
}

PushWalks *push_walks_new(void)
{
    PushWalks *walks = g_new0(PushWalks, 1);
    g_mutex_init(&walks->mutex);
    g_cond_init(&walks->wake);
    g_cond_init(&walks->moved);
    walks->by_mailbox = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_queue_init(&walks->due);
    return walks;
}

void push_walks_free(PushWalks *walks)
{
    g_hash_table_unref(walks->by_mailbox);
    g_queue_clear(&walks->due);
    g_mutex_clear(&walks->mutex);
    g_cond_clear(&walks->wake);
    g_cond_clear(&walks->moved);
    g_free(walks);
}

static void make_due(PushWalks *walks, uint32_t mailbox)
{
    if (g_queue_find(&walks->due, GUINT_TO_POINTER(mailbox)))
        return;
    g_queue_push_tail(&walks->due, GUINT_TO_POINTER(mailbox));
    g_cond_signal(&walks->wake);
}

static PushWalk *note_walk(PushWalks *walks, uint32_t mailbox)
{
    PushWalk *walk = walk_of(walks, mailbox);
    if (walk)
        return walk;
    if (g_hash_table_size(walks->by_mailbox) >= MAILBOXES_AT_MOST)
        g_hash_table_remove_all(walks->by_mailbox);
    g_hash_table_insert(walks->by_mailbox, GUINT_TO_POINTER(mailbox), walk = g_new0(PushWalk, 1));
    return walk;
}

/* Whoever has walked through a mailbox to its end and lists another is likely to walk through that. */
static bool is_expected(const PushWalk *before, const PushWalk *walk)
{
    return before && before->is_exhausted && !before->is_backward && before != walk &&
           (!walk->walking || walk->is_exhausted);
}

void push_walks_listed(PushWalks *walks, uint32_t mailbox, uint32_t snapshot)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = note_walk(walks, mailbox);
    walk->is_exhausted &= walk->snapshot == snapshot;
    walk->snapshot = snapshot;
    const PushWalk *before = walking_in(walks, walks->walked);
    if (!is_expected(before, walk))
        return;
    push_walk_expect(walk, before->chunk);
    walk->number = ++walks->begun;
    walks->walked = 0;
    make_due(walks, mailbox);
}

/* What lies between the two messages asked for last, and the second one. */
static PushRange between_last(const PushWalk *walk, uint32_t mailbox)
{
    bool is_backward = push_walk_turns_back(walk);
    return (PushRange){.mailbox = mailbox,
                       .snapshot = walk->snapshot,
                       .is_backward = is_backward,
                       .after = push_walk_place(is_backward, walk->previous)};
}

bool push_walks_read(PushWalks *walks, uint32_t mailbox, uint32_t uid, PushRange *between)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_of(walks, mailbox);
    if (!walk)
        return false;
    bool matters = push_walk_read(walk, uid);
    if (walk->walking)
        walks->walked = mailbox;
    else
        g_cond_broadcast(&walks->moved);
    if (!matters)
        return false;
    if (walk->walking)
        make_due(walks, mailbox);
    else
        *between = between_last(walk, mailbox);
    return !walk->walking;
}

void push_walks_begin(PushWalks *walks, uint32_t mailbox)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_of(walks, mailbox);
    if (!walk || walk->walking)
        return;
    push_walk_begin(walk);
    walk->number = ++walks->begun;
    make_due(walks, mailbox);
}

/* Enough is ahead of the walker, or all that there will be. */
static bool may_go_on(const PushWalks *walks, uint32_t mailbox)
{
    const PushWalk *walk = walking_in(walks, mailbox);
    return !walk || walk->ahead >= HELD_UNTIL_AHEAD || push_walk_is_done(walk);
}

void push_walks_hold(PushWalks *walks, uint32_t mailbox, uint32_t uid)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    int64_t end = g_get_monotonic_time() + HELD_US_AT_MOST;
    PushWalk *walk = walking_in(walks, mailbox);
    if (walks->held >= HELD_AT_MOST || !walk || !push_walk_is_to_come(walk, uid))
        return;
    walks->held++;
    walk->is_held = true;
    while (!may_go_on(walks, mailbox))
        if (!g_cond_wait_until(&walks->moved, &walks->mutex, end))
            break;
    walks->held--;
    walk = walk_of(walks, mailbox);
    if (walk)
        walk->is_held = false;
}

bool push_walks_wait(PushWalks *walks, uint32_t *mailbox)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    while (!walks->stopping && walks->due.length == 0)
        g_cond_wait(&walks->wake, &walks->mutex);
    if (walks->stopping)
        return false;
    *mailbox = GPOINTER_TO_UINT(g_queue_pop_head(&walks->due));
    return true;
}

void push_walks_stop(PushWalks *walks)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    walks->stopping = true;
    g_cond_signal(&walks->wake);
    g_cond_broadcast(&walks->moved);
}

void push_walks_end(PushWalks *walks, uint32_t mailbox)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_of(walks, mailbox);
    if (walk)
        push_walk_end(walk);
    g_cond_broadcast(&walks->moved);
}

bool push_walks_take_chunk(PushWalks *walks, uint32_t mailbox, PushRange *range)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walking_in(walks, mailbox);
    if (!walk)
        return false;
    *range = (PushRange){.mailbox = mailbox, .snapshot = walk->snapshot, .bytes = CHUNK_BYTES};
    range->walk = walk->number;
    range->is_backward = walk->is_backward;
    range->messages = push_walk_take_chunk(walk, &range->after);
    if (push_walk_is_due(walk))
        make_due(walks, mailbox);
    return range->messages > 0;
}

/* NULL when it has ended, although another may have begun. */
static PushWalk *walk_for(const PushWalks *walks, const PushRange *range)
{
    PushWalk *walk = walking_in(walks, range->mailbox);
    return walk && walk->number == range->walk ? walk : NULL;
}

void push_walks_enter(PushWalks *walks, unsigned lane, const PushRange *range)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_for(walks, range);
    if (walk)
        push_walk_enter(walk, lane, range->after);
}

bool push_walks_move_on(PushWalks *walks, PushRange *range)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_for(walks, range);
    if (!walk)
        return false;
    walk->loaded = range->after;
    walk->is_exhausted |= range->is_last;
    walk->is_loading = !push_range_is_at_end(range);
    range->after = MAX(range->after, walk->read);
    return walk->is_loading;
}

bool push_walks_pass(PushWalks *walks, unsigned lane, uint32_t mailbox, uint32_t uid)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walking_in(walks, mailbox);
    bool is_pushed = walk && push_walk_pass(walk, lane, uid);
    if (walk && walk->ahead == HELD_UNTIL_AHEAD)
        g_cond_broadcast(&walks->moved);
    return is_pushed;
}

void push_walks_leave(PushWalks *walks, unsigned lane, uint32_t mailbox)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&walks->mutex);
    PushWalk *walk = walk_of(walks, mailbox);
    if (!walk)
        return;
    push_walk_leave(walk, lane);
    if (push_walk_is_done(walk))
        g_cond_broadcast(&walks->moved);
}
