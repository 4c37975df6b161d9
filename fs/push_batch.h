/* A few messages that come next in a mailbox, to be pushed together. Of one thread at a time. */
#ifndef MB_PUSH_BATCH_H
#define MB_PUSH_BATCH_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body.h"
#include "push_walk.h"
#include "repository.h"

typedef struct {
    uint32_t uid;
    ContentId id;
    uint64_t size;
    Body *body; /* NULL: has no bytes to push */
} PushMessage;

/* What comes next in a mailbox as a snapshot shows it. */
typedef struct {
    uint32_t mailbox;
    uint32_t snapshot;
    uint64_t walk; /* that it is for */
    bool is_backward;
    uint32_t after;    /* a place on the way, see push_walk_place() */
    unsigned messages; /* how many at most */
    uint64_t bytes;    /* it ends with the message that reaches this */
    bool is_last;      /* no message of the mailbox follows */
} PushRange;

typedef struct {
    uint32_t mailbox;
    GArray *messages; /* PushMessage */
} PushBatch;

PushBatch *push_batch_new(void);
void push_batch_free(PushBatch *batch);

/* Nothing of it follows. */
bool push_range_is_at_end(const PushRange *range);

/* Takes what comes next in the range, which moves on. */
void push_batch_take(PushBatch *batch, Repository *repository, PushRange *range);

/* Finds the bytes. Messages that cannot be read, or are very large, have none: who asks for them is told, or reads a
 * part at a time. */
void push_batch_open(PushBatch *batch, Repository *repository);

/* Whether no more than a few messages lie between the start of the range and `uid`. */
bool push_batch_is_near(Repository *repository, const PushRange *range, uint32_t uid);

#endif
