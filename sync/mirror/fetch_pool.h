/* The messages of one mailbox that are to be fetched: dealt out in batches to one connection or several, and what
 * became of each. A batch that the server refuses comes back in halves, so that a message which spoils it is found in a
 * few steps and spoils no other.
 *
 * Thread-safe. Knows nothing of connections. */
#ifndef MB_FETCH_POOL_H
#define MB_FETCH_POOL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FetchPool FetchPool;

/* `uids`: growing, borrowed. */
FetchPool *fetch_pool_new(const uint32_t *uids, size_t count);
void fetch_pool_free(FetchPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FetchPool, fetch_pool_free)

/* UIDs that lie side by side in the pool. */
typedef struct {
    size_t first;
    size_t count;
    unsigned tries; /* how often just these were asked for in vain */
} FetchBatch;

/* The next batch of `most` messages or fewer; false when none waits (now: others may still come back). */
bool fetch_pool_take(FetchPool *pool, size_t most, FetchBatch *batch);
/* Those of the batch that are still wanted: uint32_t. Caller unrefs. */
GArray *fetch_pool_wanted(FetchPool *pool, const FetchBatch *batch);

/* A message came: true when it was wanted, and then never again. */
bool fetch_pool_arrived(FetchPool *pool, uint32_t uid);
/* The server has the message and gives nothing: `reason` is told if it stays so. */
void fetch_pool_gave_nothing(FetchPool *pool, uint32_t uid, const char *reason);

typedef enum {
    BATCH_ANSWERED, /* to its end: what did not come is asked for once more */
    BATCH_REFUSED,  /* or the connection broke at it: what did not come is asked for in halves, one message twice */
    BATCH_UNASKED,  /* its turn did not come, or the server wants it later: it waits again as it was */
} BatchEnd;

/* Every batch that was taken must come back. `reason` for people; may be NULL. */
void fetch_pool_return(FetchPool *pool, const FetchBatch *batch, BatchEnd end, const char *reason);

/* How many came, wait, were given up. */
size_t fetch_pool_count_arrived(FetchPool *pool);
size_t fetch_pool_count_waiting(FetchPool *pool);
size_t fetch_pool_count_absent(FetchPool *pool);

typedef struct {
    uint32_t uid;
    const char *reason; /* the pool's; NULL: none was given */
} AbsentMessage;

/* Those that were given up, by UID: AbsentMessage. Caller unrefs. */
GArray *fetch_pool_absent(FetchPool *pool);

#endif
