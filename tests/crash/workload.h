/* The mail of an imaginary server as a pure function of a seed: what each mailbox holds in each round. Whoever asks
 * again, also after a crash, gets the same answer. Rounds, mailboxes and UIDs count from 1. */
#ifndef MB_WORKLOAD_H
#define MB_WORKLOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define WORKLOAD_ACCOUNT "crash@example.org"
#define WORKLOAD_MAILBOXES 3

/* NULL in rounds in which the mailbox is not on the server. */
const char *workload_mailbox_name(unsigned mailbox, unsigned round);
uint32_t workload_uidvalidity(unsigned mailbox);

/* Whether a run that forgets lets the snapshot of a round go. */
bool workload_is_forgotten(unsigned round);

/* No UID of the mailbox is above this one until the round after. */
uint32_t workload_last_uid(unsigned round);

typedef struct {
    int64_t internaldate;
    uint32_t flags;       /* SystemFlags */
    const char *keywords; /* static */
} WorkloadMessage;

/* False when the mailbox does not hold this UID in the round. */
bool workload_message(uint64_t seed, unsigned mailbox, uint32_t uid, unsigned round, WorkloadMessage *message);

/* The whole message: most are short text, some come twice, a few carry an attachment larger than a frame. */
GString *workload_body(uint64_t seed, unsigned mailbox, uint32_t uid);

#endif
