/* What a run has to do, decided without doing it: listings in, actions out. Pure. */
#ifndef MB_MIRROR_PLAN_H
#define MB_MIRROR_PLAN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "known_mailboxes.h"
#include "message_listing.h"
#include "server_mailboxes.h"

typedef struct {
    GArray *fetch;  /* uint32_t: UIDs the catalog lacks, growing */
    GArray *remove; /* uint32_t: UIDs the server has no more, growing */
    GArray *reflag; /* ListedMessage: those whose flags changed, as the server has them, growing */
} MessagePlan;

/* Both listings are sorted, each UID once, with keywords of one table. */
MessagePlan *plan_messages(const GArray *server, const GArray *catalog);
void message_plan_free(MessagePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessagePlan, message_plan_free)

/* True when what STATUS told equals the cursor of the last complete look, so that the mailbox need not be opened.
 * Without HIGHESTMODSEQ flags may have changed unseen, unless there is no message to have any. */
bool plan_is_unchanged(const ServerMailbox *mailbox, const MailboxInfo *known);

/* How many of these messages, in their order, may be asked for, when so many bytes are left for the day and so many of
 * them are promised to what is on its way. Where none fits and nothing is promised it is one: that one alone goes
 * beyond what is left. */
size_t plan_budget(const uint64_t *sizes, size_t count, uint64_t bytes_left, uint64_t bytes_promised);

typedef enum {
    EPOCH_KEEP, /* the catalog shows it as it is */
    EPOCH_SHOW, /* it is known, but gone or listed otherwise */
    EPOCH_ADD,  /* never seen */
} EpochAction;

typedef struct {
    EpochAction action;
    const MailboxInfo *known; /* NULL for EPOCH_ADD */
} EpochPlan;

/* Which epoch of the catalog a mailbox of the server is; `uidvalidity` is 0 for MAILBOX_NOSELECT. */
EpochPlan plan_epoch(const KnownMailboxes *known, const ServerMailbox *mailbox, uint32_t uidvalidity);

#endif
