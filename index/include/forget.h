/* Which snapshots to forget, and what would be lost with them. Forgetting itself is writer_forget(). */
#ifndef MB_FORGET_H
#define MB_FORGET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "writer.h"

/* What a policy keeps; all 0: nothing. Of each of the last so many days (weeks, months, years) that have a complete
 * snapshot the last one is kept. Partial snapshots are kept by `last` alone. */
typedef struct {
    unsigned last; /* as many of the newest */
    unsigned days;
    unsigned weeks;
    unsigned months;
    unsigned years;
    int64_t before; /* only what is older goes, seconds since 1970; 0: whatever its age */
} ForgetPolicy;

/* The snapshots (GArray of SnapshotInfo, of one account, oldest first) that the policy lets go: GArray of uint32_t,
 * ascending; caller unrefs. Never the newest. Days end at midnight of `zone`, weeks begin on Monday. Pure. */
GArray *forget_plan(const GArray *snapshots, const ForgetPolicy *policy, GTimeZone *zone);

/* Messages of which no other snapshot, nor what the account shows now, nor any other account has the bytes. */
typedef struct {
    uint64_t messages;
    uint64_t bytes;
} ForgetLoss;

/* What writer_forget() of the same snapshots would lose. Nothing is changed. */
bool forget_loss(Writer *writer, uint32_t account, const GArray *snapshots, ForgetLoss *loss, GError **error);

#endif
