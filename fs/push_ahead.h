/* Puts messages into the kernel's page cache before they are asked for, while somebody walks through a mailbox in
 * order: two equal threads take a few messages in turn, look them up, decompress them and put them there.
 *
 * To put something there waits for the page, and a page may wait for a request to be answered. So this never happens in
 * a thread that answers requests, no such thread waits for those that do it, and they must have ended before
 * requests are left unanswered. All functions may be called by any thread. */
#ifndef MB_PUSH_AHEAD_H
#define MB_PUSH_AHEAD_H

#include <fuse_lowlevel.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"

typedef struct PushAhead PushAhead;

/* Both are borrowed and must outlive it. */
PushAhead *push_ahead_start(Repository *repository, struct fuse_session *session, GError **error);

/* The kernel has been told of messages in a directory. */
void push_ahead_listed(PushAhead *push, uint64_t directory);

/* The kernel asks for the first bytes of a message: to be called before the answer. When the walker is faster than what
 * is pushed, he waits here until some of it is there. */
void push_ahead_asked(PushAhead *push, uint64_t message);

/* Asks the threads to end. */
void push_ahead_stop(PushAhead *push);
bool push_ahead_has_ended(PushAhead *push);
/* Waits until they have. */
void push_ahead_free(PushAhead *push);

#endif
