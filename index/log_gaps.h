/* Is the log of batches whole? Where journals are lost only the catalog knows what they did, and a rebuild would not.
 * Every journal is read, and of all other frames the headers alone. */
#ifndef MB_LOG_GAPS_H
#define MB_LOG_GAPS_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"

/* Batches that are missing, one behind the other. */
typedef struct {
    uint64_t first, last; /* sequence numbers */
    bool is_copy;         /* one of the two copies of the newest checkpoint; the other one is there */
    uint32_t pack;        /* the first one that is gone and may have held them */
    uint32_t packs;       /* how many are; 0: it is the journals that are damaged */
} LogGap;

/* GArray of LogGap, by number; caller unrefs. Asked for are the batches that the catalog has when this begins, from the
 * first copy of the newest checkpoint on. The repository may be in use meanwhile. MB_ERROR_CANCELLED. */
GArray *log_gaps_find(Repository *repository, GCancellable *cancellable, GError **error);

#endif
