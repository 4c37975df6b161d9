/* Brings messages of the open mailbox, over one connection or several. Every UID asked for either arrives, is gone from
 * the server, is told to be missing, or is left for another day. Connections that are lost are made again. */
#ifndef MB_MIRROR_FETCH_H
#define MB_MIRROR_FETCH_H

#include "fetch_lane.h"

typedef struct {
    uint64_t missing; /* the server still lists them and did not give them; each was told as a warning */
    uint64_t gone;    /* the server has them not any more */
    uint64_t left;    /* not asked for: the run may fetch no more */
} FetchResult;

bool mirror_fetch(MirrorRun *run, const FetchOrder *order, FetchResult *result, GError **error);

#endif
