/* Decides, from what is asked for of one mailbox, whether somebody walks through it, and what to push ahead of him.
 * Pure.
 *
 * He may walk backwards: a program that puts what a directory lists on a stack reads the last message first. What
 * is kept of a walk are places on its way, which grow in either direction.
 *
 * What is read from the page cache is not seen here. So one message of each chunk is left unpushed: a tripwire, asked
 * for when the walker comes there. Once he has come to where a chunk begins, the one after the next is due. */
#ifndef MB_PUSH_WALK_H
#define MB_PUSH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#define PUSH_CHUNK_AT_LEAST 16u /* messages in a chunk */
#define PUSH_CHUNK_AT_MOST 1024u
#define PUSH_LANES 2u /* threads that push */

/* The place of a UID on the way, and the UID of a place; 0 stays 0. */
static inline uint32_t push_walk_place(bool is_backward, uint32_t uid)
{
    return is_backward ? 0U - uid : uid;
}

/* How far one of those threads has come with its messages, which follow each other. Up to `passed` they have been
 * pushed, or left to the walker; that one itself may still be on its way. */
typedef struct {
    bool is_taken;
    uint32_t passed;
    bool needs_trip; /* one of them becomes the tripwire of their chunk */
    unsigned skip;   /* messages that the walker gets himself, before they could be there */
} PushLane;

typedef struct {
    uint32_t snapshot; /* listed last: its messages are those that the kernel knows */
    uint32_t read;     /* asked for last; a place while somebody walks, else a UID */
    uint32_t previous; /* and before that */
    bool walking;
    /* Of a walk, in places: */
    bool is_backward;
    uint64_t number;    /* that no other has had */
    uint32_t farthest;  /* asked for */
    unsigned back;      /* times in a row that something before the last was asked for */
    bool is_due;        /* the next chunk, wherever the walker is */
    bool is_exhausted;  /* nothing follows what has been given out */
    uint32_t due_after; /* asking for any later message makes the next chunk due */
    uint32_t chunk_at;  /* the chunk given out last begins behind this */
    bool needs_trip;    /* and nothing of it so far */
    uint32_t loaded;    /* messages up to here have been given out */
    bool is_loading;    /* more of the chunk will be */
    uint32_t pushed;    /* no lane has one before this */
    unsigned chunk;     /* messages in a chunk */
    unsigned asked;     /* how many messages of those that were passed have been asked for since the chunk began */
    unsigned left;      /* and how many had been left to the walker */
    unsigned ahead;     /* messages that were passed since the walker was the first himself */
    bool is_held;       /* the walker does nothing until something is ahead of him */
    PushLane lanes[PUSH_LANES];
} PushWalk;

/* A message was asked for. True when a chunk is due or, while nobody walks, when perhaps somebody begins to. */
bool push_walk_read(PushWalk *walk, uint32_t uid);

/* Nobody walks, and the message asked for last lies before the one asked for then. */
bool push_walk_turns_back(const PushWalk *walk);

/* The two messages asked for last turned out to be neighbours: a walk begins behind the last one, the same way. */
void push_walk_begin(PushWalk *walk);
/* Or it will begin, most likely, with the first message there is, and with chunks of that many. */
void push_walk_expect(PushWalk *walk, unsigned chunk);
void push_walk_end(PushWalk *walk);

/* Whether a chunk is. */
bool push_walk_is_due(const PushWalk *walk);

/* How many messages the chunk that is due has, and behind which place it starts; 0: none is due. */
unsigned push_walk_take_chunk(PushWalk *walk, uint32_t *after);

/* Messages behind the place `after`, which have just been given out, are in that lane. */
void push_walk_enter(PushWalk *walk, unsigned number, uint32_t after);
/* The next of them is `uid`. False: it is left to the walker, or was given out for a walk that has ended. */
bool push_walk_pass(PushWalk *walk, unsigned number, uint32_t uid);
/* No more of them follow. */
void push_walk_leave(PushWalk *walk, unsigned number);

/* Whether the message has still to be pushed; one that is on its way has not. */
bool push_walk_is_to_come(const PushWalk *walk, uint32_t uid);
/* Whether nothing more will be pushed before the walker goes on. */
bool push_walk_is_done(const PushWalk *walk);

#endif
