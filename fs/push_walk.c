#include "push_walk.h"

#include <glib.h>

#define NEAR_UIDS 1024u  /* farther apart, two messages are not looked at: somebody reads here and there */
#define LEAD_MESSAGES 2u /* somebody who is that close would be there first, and both would wait for each other */
#define GROWTH 4u        /* from chunk to chunk */
#define KEPT_SHARE 4u    /* when more than a fourth of a chunk is lost, the kernel has no room for so much */

static bool is_shortly_behind(uint32_t uid, uint32_t before)
{
    return before != 0 && uid > before && uid - before <= NEAR_UIDS;
}

/* He may be ahead of what is pushed; from farther away he is somebody else. */
static bool is_on_the_way(const PushWalk *walk, uint32_t uid)
{
    return uid <= walk->loaded_uid || is_shortly_behind(uid, walk->loaded_uid);
}

/* Somebody walks where a walker has been: what was pushed then is not there any more. */
static bool begins_again(const PushWalk *walk, uint32_t uid)
{
    return is_shortly_behind(uid, walk->previous_uid) && uid < walk->farthest_uid;
}

bool push_walk_is_due(const PushWalk *walk)
{
    return walk->walking && !walk->is_exhausted && (walk->is_due || walk->read_uid > walk->due_uid);
}

bool push_walk_read(PushWalk *walk, uint32_t uid)
{
    walk->previous_uid = walk->read_uid;
    walk->read_uid = uid;
    if (walk->walking && (!is_on_the_way(walk, uid) || begins_again(walk, uid)))
        push_walk_end(walk);
    walk->farthest_uid = MAX(walk->farthest_uid, uid);
    if (!walk->walking)
        return is_shortly_behind(uid, walk->previous_uid);
    walk->asked += uid <= walk->pushed_uid;
    if (uid > walk->pushed_uid)
        walk->ahead = 0;
    return push_walk_is_due(walk);
}

void push_walk_begin(PushWalk *walk)
{
    *walk = (PushWalk){.snapshot = walk->snapshot,
                       .previous_uid = walk->previous_uid,
                       .read_uid = walk->read_uid,
                       .walking = true,
                       .farthest_uid = walk->read_uid,
                       .is_due = true,
                       .chunk_uid = walk->read_uid,
                       .loaded_uid = walk->read_uid,
                       .pushed_uid = walk->read_uid,
                       .chunk = PUSH_CHUNK_AT_LEAST / GROWTH};
}

void push_walk_expect(PushWalk *walk, unsigned chunk)
{
    walk->read_uid = walk->previous_uid = 0;
    push_walk_begin(walk);
    walk->chunk = chunk / GROWTH;
}

void push_walk_end(PushWalk *walk)
{
    walk->walking = false;
}

static unsigned next_chunk(const PushWalk *walk)
{
    bool was_kept = walk->asked <= walk->left + walk->chunk / KEPT_SHARE;
    return CLAMP(was_kept ? walk->chunk * GROWTH : walk->chunk / GROWTH, PUSH_CHUNK_AT_LEAST, PUSH_CHUNK_AT_MOST);
}

unsigned push_walk_take_chunk(PushWalk *walk, uint32_t *after_uid)
{
    if (!push_walk_is_due(walk))
        return 0;
    *after_uid = MAX(walk->loaded_uid, walk->read_uid);
    walk->is_due = false;
    walk->is_loading = true;
    walk->needs_trip = true;
    walk->due_uid = walk->chunk_uid;
    walk->chunk_uid = *after_uid;
    walk->chunk = next_chunk(walk);
    walk->asked = walk->left = 0;
    return walk->chunk;
}

void push_walk_enter(PushWalk *walk, unsigned number, uint32_t after_uid)
{
    walk->lanes[number] = (PushLane){.is_taken = true, .passed_uid = after_uid, .needs_trip = walk->needs_trip};
    walk->needs_trip = false;
}

static void note_pushed(PushWalk *walk)
{
    walk->pushed_uid = walk->loaded_uid;
    for (unsigned i = 0; i < PUSH_LANES; i++)
        if (walk->lanes[i].is_taken)
            walk->pushed_uid = MIN(walk->pushed_uid, walk->lanes[i].passed_uid);
}

/* The first that the walker has not come to yet. */
static bool becomes_trip(PushLane *lane)
{
    bool needs_trip = lane->needs_trip;
    lane->needs_trip = false;
    return needs_trip;
}

static bool is_left_to_walker(const PushWalk *walk, PushLane *lane, uint32_t uid)
{
    if (walk->read_uid >= uid) {
        lane->skip = walk->is_held ? 0 : LEAD_MESSAGES;
        return true;
    }
    if (lane->skip == 0)
        return becomes_trip(lane);
    lane->skip--;
    return true;
}

bool push_walk_pass(PushWalk *walk, unsigned number, uint32_t uid)
{
    PushLane *lane = &walk->lanes[number];
    if (!lane->is_taken)
        return false;
    lane->passed_uid = uid;
    note_pushed(walk);
    walk->ahead += uid > walk->read_uid;
    bool is_left = is_left_to_walker(walk, lane, uid);
    walk->left += is_left;
    return !is_left;
}

void push_walk_leave(PushWalk *walk, unsigned number)
{
    PushLane *lane = &walk->lanes[number];
    if (!lane->is_taken)
        return;
    walk->needs_trip |= lane->needs_trip;
    lane->is_taken = false;
    note_pushed(walk);
}

bool push_walk_is_to_come(const PushWalk *walk, uint32_t uid)
{
    for (unsigned i = 0; i < PUSH_LANES; i++)
        if (walk->lanes[i].is_taken && walk->lanes[i].passed_uid == uid)
            return false;
    return uid > walk->pushed_uid;
}

bool push_walk_is_done(const PushWalk *walk)
{
    bool is_done = !walk->is_loading && !push_walk_is_due(walk);
    for (unsigned i = 0; i < PUSH_LANES; i++)
        is_done &= !walk->lanes[i].is_taken;
    return is_done;
}
