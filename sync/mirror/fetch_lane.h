/* One connection that fetches messages of the mailbox it has open: many commands in flight, bodies streamed into
 * spools, handed to the ingest in parcels. */
#ifndef MB_FETCH_LANE_H
#define MB_FETCH_LANE_H

#include "fetch_pool.h"
#include "mirror_run.h"
#include "server_mailboxes.h"

typedef struct {
    IngestMailbox *mailbox;
    const char *display_name; /* for warnings */
    const ServerMailbox *listed;
    uint32_t uidvalidity;
    bool headers_only;
    const uint32_t *uids;  /* growing */
    const uint64_t *sizes; /* of each, where the run may not fetch all it likes; else NULL */
    size_t count;
} FetchOrder;

typedef enum {
    LANE_DONE,   /* the pool has nothing more that waits, or the run may fetch no more */
    LANE_LOST,   /* the connection is of no more use; what it had not brought is back in the pool */
    LANE_FAILED, /* nothing more may be fetched by anyone */
} LaneEnd;

/* Fetches until the pool gives no more. *arrived: how many messages came this way. */
LaneEnd fetch_lane_run(MirrorRun *run, const FetchOrder *order, FetchPool *pool, ImapClient *client, size_t *arrived,
                       GError **error);

#endif
