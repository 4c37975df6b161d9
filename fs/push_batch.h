/* A few messages that come next in a mailbox, ready to be read and pushed. Of one thread at a time. */
#ifndef MB_PUSH_BATCH_H
#define MB_PUSH_BATCH_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body.h"
#include "repository.h"

#define PUSH_PIECE_BYTES ((size_t)1 << 20)

/* A message, or a part of a large one. */
typedef struct {
    uint32_t uid;
    uint64_t offset; /* in the message: a multiple of the page size */
    size_t length;   /* at most PUSH_PIECE_BYTES */
    Body *body;      /* NULL: has no bytes to push */
} PushPiece;

/* What comes next in a mailbox as a snapshot shows it. */
typedef struct {
    uint32_t mailbox;
    uint32_t snapshot;
    uint32_t after_uid;
    uint64_t offset;   /* in the first message */
    unsigned messages; /* how many at most */
    uint64_t bytes;    /* it ends with the message that reaches this */
    bool is_last;      /* no message of the mailbox follows */
} PushRange;

typedef struct {
    uint32_t mailbox;
    bool is_last;   /* of its range */
    GArray *pieces; /* PushPiece */
    size_t bytes;   /* of all of them */
} PushBatch;

PushBatch *push_batch_new(void);
void push_batch_free(PushBatch *batch);

/* Takes what comes next in the range, which moves on, and decompresses its text. Messages that cannot be read, or are
 * very large, have no bytes (length 0): who asks for them is told, or reads a part at a time. */
void push_batch_plan(PushBatch *batch, Repository *repository, PushRange *range);

/* Whether no more than a few messages lie between the start of the range and `uid`. */
bool push_batch_is_near(Repository *repository, const PushRange *range, uint32_t uid);

#endif
