/* One mailbox of the server, brought up to date in the repository. */
#ifndef MB_MIRROR_MAILBOX_H
#define MB_MIRROR_MAILBOX_H

#include "known_mailboxes.h"
#include "mirror_run.h"
#include "server_mailboxes.h"

/* Does nothing but count when the cursor says that nothing changed. A mailbox that the server refuses keeps its last
 * known state. The epochs that the server has are claimed in `known`. */
bool mirror_mailbox(MirrorRun *run, KnownMailboxes *known, const ServerMailbox *mailbox, GError **error);

/* How many messages there probably are to fetch, before looking. */
uint64_t mirror_mailbox_estimate(const KnownMailboxes *known, const ServerMailbox *mailbox);

#endif
