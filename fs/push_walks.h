/* The walks through all mailboxes, as those who answer requests and those who push see them. Thread-safe; nothing waits
 * here but push_walks_wait() and push_walks_hold(). */
#ifndef MB_PUSH_WALKS_H
#define MB_PUSH_WALKS_H

#include <stdbool.h>
#include <stdint.h>

#include "push_batch.h"
#include "push_walk.h"

typedef struct PushWalks PushWalks;

PushWalks *push_walks_new(void);
void push_walks_free(PushWalks *walks);

/* For those who answer requests: what the kernel has been told of, and what it asks for. Whoever has just walked
 * through one mailbox to its end and lists another is pushed for there before he has asked. */
void push_walks_listed(PushWalks *walks, uint32_t mailbox, uint32_t snapshot);
/* True when somebody begins to walk if the message is near the one before it, where *between starts. */
bool push_walks_read(PushWalks *walks, uint32_t mailbox, uint32_t uid, PushRange *between);
void push_walks_begin(PushWalks *walks, uint32_t mailbox);
/* Lets a walker who has come to where nothing has been pushed yet wait until something is. Only for a moment, and there
 * are always some who need not wait: what is pushed may itself wait for an answer. */
void push_walks_hold(PushWalks *walks, uint32_t mailbox, uint32_t uid);

/* Waits for a walk that a chunk is due for. False when there will be none: push_walks_stop(). */
bool push_walks_wait(PushWalks *walks, uint32_t *mailbox);
void push_walks_stop(PushWalks *walks);

void push_walks_end(PushWalks *walks, uint32_t mailbox);

/* The chunk that is due. False when there is none. If one more is due behind it, the walk is again waited for. */
bool push_walks_take_chunk(PushWalks *walks, uint32_t mailbox, PushRange *range);
/* The messages that the range begins with are in a lane. */
void push_walks_enter(PushWalks *walks, unsigned lane, const PushRange *range);
/* Notes that the range has come so far, or to the end of the mailbox; what the walker has passed meanwhile is left out
 * of it. False when nothing is left of it, or the rest is not wanted. */
bool push_walks_move_on(PushWalks *walks, PushRange *range);

/* Whether to push what comes next in the lane. */
bool push_walks_pass(PushWalks *walks, unsigned lane, uint32_t mailbox, uint32_t uid);
void push_walks_leave(PushWalks *walks, unsigned lane, uint32_t mailbox);

#endif
