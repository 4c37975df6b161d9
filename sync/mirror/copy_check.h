/* Whether a stored message is the one on the server: its header, and a piece from further behind, are fetched and
 * compared with the stored bytes. */
#ifndef MB_COPY_CHECK_H
#define MB_COPY_CHECK_H

#include "copy_candidates.h"

typedef struct {
    uint32_t uid;                /* in the open mailbox */
    const GArray *candidates;    /* CopyCandidate, all of the same size; borrowed */
    const CopyCandidate *proven; /* the answer: the one whose bytes are the server's, or NULL */
} CopyCheck;

/* UID to its CopyCheck in `checks`, which must not change meanwhile. Caller unrefs. */
GHashTable *copy_checks_by_uid(const GArray *checks);

/* Checks all of `checks` (a GArray of CopyCheck), many on their way at a time. */
bool copy_checks_run(ImapClient *client, Repository *repository, GArray *checks, GError **error);

#endif
