/* A few messages that come next in a mailbox, with their bytes, ready to be pushed. Of one thread at a time. */
#ifndef MB_PUSH_BATCH_H
#define MB_PUSH_BATCH_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repository.h"

/* A message, or a part of a large one. */
typedef struct {
    uint32_t uid;
    uint64_t offset; /* in the message: a multiple of the page size */
    size_t start;    /* in the bytes of the batch */
    size_t length;
} PushPiece;

/* What comes next in a mailbox as a snapshot shows it. */
typedef struct {
    uint32_t mailbox;
    uint32_t snapshot;
    uint32_t after_uid;
    uint64_t offset;   /* in the first message */
    unsigned messages; /* how many at most */
    uint64_t bytes;    /* it ends with the message that reaches this */
} PushRange;

typedef struct {
    uint32_t mailbox;
    bool is_last;   /* of its range */
    GArray *pieces; /* PushPiece */
    uint8_t *bytes;
    size_t used;
} PushBatch;

PushBatch *push_batch_new(void);
void push_batch_free(PushBatch *batch);

/* Fills it from the start of the range, which moves on. Messages that cannot be read, or are very large, have no bytes
 * (length 0): who asks for them is told, or reads a part at a time. */
void push_batch_load(PushBatch *batch, Repository *repository, PushRange *range);

/* Whether no more than a few messages lie between the start of the range and `uid`. */
bool push_batch_is_near(Repository *repository, const PushRange *range, uint32_t uid);

/* Decompresses what the end of the range is in, so that this need not be done when it is loaded. */
void push_batch_prepare(Repository *repository, const PushRange *range);

#endif
