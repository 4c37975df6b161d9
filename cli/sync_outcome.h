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
    GArray *mailboxes;   /* MirrorMailbox with names of its own, as each was looked at last */
    GError *error;       /* what ended it, without the account's name; NULL: it ran to its end */
} SyncOutcome;

SyncOutcome *sync_outcome_new(const char *account);
void sync_outcome_free(SyncOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncOutcome, sync_outcome_free)

ExitCode sync_outcome_exit_code(const SyncOutcome *outcome);

/* Copies it. */
void sync_outcome_note_mailbox(SyncOutcome *outcome, const MirrorMailbox *mailbox);
/* "INBOX: 1,204 on the server, 1,203 stored, 1 refused" on standard output. */
void sync_outcome_print_mailbox(const MirrorMailbox *mailbox);

/* "server: Dovecot, 1.2 GB of 5.0 GB taken" on standard output; nothing when it does not say. */
void sync_outcome_print_server(const SyncOutcome *outcome);

/* The summary on standard output. */
void sync_outcome_print(const SyncOutcome *outcome);

/* What went wrong, on standard error; nothing when nothing did. */
void sync_outcome_report(const SyncOutcome *outcome);

/* Adds the outcome as an object to the array that is open in `json`. */
void sync_outcome_json(const SyncOutcome *outcome, JsonBuilder *json);

#endif
