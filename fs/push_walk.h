/* Decides, from what is asked for of one mailbox, whether somebody walks through it, and what to push ahead of him.
 * Pure.
 *
 * What is read from the page cache is not seen here. So one message of each chunk is left unpushed: a tripwire, asked
 * for when the walker comes there. Once he has come to where a chunk begins, the one after the next is due. */
#ifndef MB_PUSH_WALK_H
#define MB_PUSH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#define PUSH_CHUNK_AT_LEAST 16u /* messages in a chunk */
#define PUSH_CHUNK_AT_MOST 1024u

typedef struct {
    uint32_t snapshot;     /* listed last: its messages are those that the kernel knows */
    uint32_t read_uid;     /* asked for last */
    uint32_t previous_uid; /* and before that */
    bool walking;
    /* Of a walk: */
    uint32_t farthest_uid; /* asked for */
    bool is_due;           /* the next chunk, wherever the walker is */
    bool is_exhausted;     /* nothing follows what has been given out */
    uint32_t due_uid;      /* asking for any later message makes the next chunk due */
    uint32_t chunk_uid;    /* the chunk given out last begins behind this */
    uint32_t loaded_uid;   /* chunks up to here have been given out */
    uint32_t pushed_uid;   /* and have been pushed, or left to the walker, up to here */
    unsigned chunk;        /* messages in a chunk */
    unsigned asked;        /* how many messages of those that were passed have been asked for since the chunk began */
    unsigned left;         /* and how many had been left to the walker */
    unsigned skip;         /* messages that the walker gets himself, before they could be there */
    unsigned ahead;        /* messages that were passed since the walker was the first himself */
    bool is_held;          /* the walker does nothing until something is ahead of him */
    bool needs_trip;       /* the chunk that is passed has no tripwire yet */
    bool is_pushed;        /* the message that was passed last */
} PushWalk;

/* A message was asked for. True when a chunk is due or, while nobody walks, when perhaps somebody begins to. */
bool push_walk_read(PushWalk *walk, uint32_t uid);

/* The two messages asked for last turned out to be neighbours: a walk begins behind the last one. */
void push_walk_begin(PushWalk *walk);
/* Or it will begin, most likely, with the first message there is, and with chunks of that many. */
void push_walk_expect(PushWalk *walk, unsigned chunk);
void push_walk_end(PushWalk *walk);

/* Whether a chunk is. */
bool push_walk_is_due(const PushWalk *walk);

/* How many messages the chunk that is due has, and behind which UID it starts; 0: none is due. */
unsigned push_walk_take_chunk(PushWalk *walk, uint32_t *after_uid);

/* The next message in line is `uid`: notes in `is_pushed` whether to push it, or to leave it to the walker. */
void push_walk_pass(PushWalk *walk, uint32_t uid);
/* And it was the last of its chunk. */
void push_walk_end_chunk(PushWalk *walk);

#endif
