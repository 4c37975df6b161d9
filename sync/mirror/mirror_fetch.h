/* Brings messages of the open mailbox: many commands in flight, bodies streamed into spools, each handed to the ingest
 * as it arrives. Every UID asked for either arrives, is gone from the server, or is told to be missing. */
#ifndef MB_MIRROR_FETCH_H
#define MB_MIRROR_FETCH_H

#include "mirror_run.h"

typedef struct {
    IngestMailbox *mailbox;
    const char *display_name; /* for warnings */
    const uint32_t *uids;     /* growing */
    size_t count;
} FetchOrder;

/* *missing: how many the server still lists but did not give; each was told as a warning. *gone: how many it has not
 * any more. */
bool mirror_fetch(MirrorRun *run, const FetchOrder *order, uint64_t *missing, uint64_t *gone, GError **error);

#endif
