#include "push_walk.h"

#include <glib.h>

#define NEAR_UIDS 1024u  /* farther apart, two messages are not looked at: somebody reads here and there */
#define LEAD_MESSAGES 2u /* somebody who is that close would be there first, and both would wait for each other */
#define BACK_STEPS 3u /* whoever makes so many in a row has turned round; several who walk together make one or two */
#define GROWTH 4u     /* from chunk to chunk */
#define KEPT_SHARE 4u /* when more than a fourth of a chunk is lost, the kernel has no room for so much */

static bool is_shortly_behind(uint32_t place, uint32_t before)
{
    return before != 0 && place > before && place - before <= NEAR_UIDS;
}

/* He may be ahead of what is pushed; from farther away he is somebody else. */
static bool is_on_the_way(const PushWalk *walk, uint32_t place)
{
    return place <= walk->loaded || is_shortly_behind(place, walk->loaded);
}

/* Somebody walks where a walker has been: what was pushed then is not there any more. */
static bool begins_again(const PushWalk *walk, uint32_t place)
{
    return is_shortly_behind(place, walk->previous) && place < walk->farthest;
}

bool push_walk_is_due(const PushWalk *walk)
{
    return walk->walking && !walk->is_exhausted && (walk->is_due || walk->read > walk->due_after);
}

static bool has_turned(PushWalk *walk, uint32_t place)
{
    walk->back = place < walk->previous ? walk->back + 1 : 0;
    return walk->back >= BACK_STEPS;
}

static bool note_step(PushWalk *walk, uint32_t place)
{
    walk->farthest = MAX(walk->farthest, place);
    walk->asked += place <= walk->pushed;
    if (place > walk->pushed)
        walk->ahead = 0;
    return push_walk_is_due(walk);
}

bool push_walk_read(PushWalk *walk, uint32_t uid)
{
    uint32_t place = push_walk_place(walk->is_backward, uid);
    walk->previous = walk->read;
    walk->read = place;
    if (walk->walking && (!is_on_the_way(walk, place) || begins_again(walk, place) || has_turned(walk, place)))
        push_walk_end(walk);
    if (walk->walking)
        return note_step(walk, place);
    return is_shortly_behind(walk->read, walk->previous) || is_shortly_behind(walk->previous, walk->read);
}

bool push_walk_turns_back(const PushWalk *walk)
{
    return walk->read < walk->previous;
}

void push_walk_begin(PushWalk *walk)
{
    bool is_backward = push_walk_turns_back(walk);
    uint32_t start = push_walk_place(is_backward, walk->read);
    *walk = (PushWalk){.snapshot = walk->snapshot,
                       .is_backward = is_backward,
                       .previous = push_walk_place(is_backward, walk->previous),
                       .read = start,
                       .walking = true,
                       .farthest = start,
                       .is_due = true,
                       .chunk_at = start,
                       .loaded = start,
                       .pushed = start,
                       .chunk = PUSH_CHUNK_AT_LEAST / GROWTH};
}

void push_walk_expect(PushWalk *walk, unsigned chunk)
{
    walk->read = walk->previous = 0;
    push_walk_begin(walk);
    walk->chunk = chunk / GROWTH;
}

void push_walk_end(PushWalk *walk)
{
    walk->read = push_walk_place(walk->is_backward, walk->read);
    walk->previous = push_walk_place(walk->is_backward, walk->previous);
    walk->is_backward = walk->walking = false;
}

static unsigned next_chunk(const PushWalk *walk)
{
    bool was_kept = walk->asked <= walk->left + walk->chunk / KEPT_SHARE;
    return CLAMP(was_kept ? walk->chunk * GROWTH : walk->chunk / GROWTH, PUSH_CHUNK_AT_LEAST, PUSH_CHUNK_AT_MOST);
}

unsigned push_walk_take_chunk(PushWalk *walk, uint32_t *after)
{
    if (!push_walk_is_due(walk))
        return 0;
    *after = MAX(walk->loaded, walk->read);
    walk->is_due = false;
    walk->is_loading = true;
    walk->needs_trip = true;
    walk->due_after = walk->chunk_at;
    walk->chunk_at = *after;
    walk->chunk = next_chunk(walk);
    walk->asked = walk->left = 0;
    return walk->chunk;
}

void push_walk_enter(PushWalk *walk, unsigned number, uint32_t after)
{
    walk->lanes[number] = (PushLane){.is_taken = true, .passed = after, .needs_trip = walk->needs_trip};
    walk->needs_trip = false;
}

static void note_pushed(PushWalk *walk)
{
    walk->pushed = walk->loaded;
    for (unsigned i = 0; i < PUSH_LANES; i++)
        if (walk->lanes[i].is_taken)
            walk->pushed = MIN(walk->pushed, walk->lanes[i].passed);
}

/* The first that the walker has not come to yet. */
static bool becomes_trip(PushLane *lane)
{
    bool needs_trip = lane->needs_trip;
    lane->needs_trip = false;
    return needs_trip;
}

static bool is_left_to_walker(const PushWalk *walk, PushLane *lane, uint32_t place)
{
    if (walk->read >= place) {
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
    uint32_t place = push_walk_place(walk->is_backward, uid);
    if (!lane->is_taken)
        return false;
    lane->passed = place;
    note_pushed(walk);
    walk->ahead += place > walk->read;
    bool is_left = is_left_to_walker(walk, lane, place);
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
    uint32_t place = push_walk_place(walk->is_backward, uid);
    for (unsigned i = 0; i < PUSH_LANES; i++)
        if (walk->lanes[i].is_taken && walk->lanes[i].passed == place)
            return false;
    return place > walk->pushed;
}

bool push_walk_is_done(const PushWalk *walk)
{
    bool is_done = !walk->is_loading && !push_walk_is_due(walk);
    for (unsigned i = 0; i < PUSH_LANES; i++)
        is_done &= !walk->lanes[i].is_taken;
    return is_done;
}
