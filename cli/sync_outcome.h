/* How the sync of one account went, for people and as JSON. */
#ifndef MB_SYNC_OUTCOME_H
#define MB_SYNC_OUTCOME_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdint.h>

#include "exit_codes.h"
#include "mirror.h"
#include "writer.h"

typedef struct {
    char *account;
    MirrorReport report;
    WriterTotals totals;
    int64_t newest_before; /* time of the newest snapshot before this run; 0: there was none */
    int64_t newest_after;
    double seconds;
    GPtrArray *warnings; /* sentences */
    GError *error;       /* what ended it, without the account's name; NULL: it ran to its end */
} SyncOutcome;

SyncOutcome *sync_outcome_new(const char *account);
void sync_outcome_free(SyncOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncOutcome, sync_outcome_free)

ExitCode sync_outcome_exit_code(const SyncOutcome *outcome);

/* The summary on standard output. */
void sync_outcome_print(const SyncOutcome *outcome);

/* What went wrong, on standard error; nothing when nothing did. */
void sync_outcome_report(const SyncOutcome *outcome);

/* Adds the outcome as an object to the array that is open in `json`. */
void sync_outcome_json(const SyncOutcome *outcome, JsonBuilder *json);

#endif
