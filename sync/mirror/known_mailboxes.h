/* The mailboxes of an account as the catalog knows them, made easy to find, and which of them the server still has.
 * Pure: made from two lists of the catalog's view. */
#ifndef MB_KNOWN_MAILBOXES_H
#define MB_KNOWN_MAILBOXES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view.h"

typedef struct KnownMailboxes KnownMailboxes;

/* `shown`: those of the newest state; `epochs`: all ever seen. Both GPtrArrays of MailboxInfo*; takes references. */
KnownMailboxes *known_mailboxes_new(GPtrArray *shown, GPtrArray *epochs);
void known_mailboxes_free(KnownMailboxes *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KnownMailboxes, known_mailboxes_free)

/* Those of the newest state: MailboxInfo*, borrowed. */
const GPtrArray *known_mailboxes_shown(const KnownMailboxes *known);
/* The epoch of that name and UIDVALIDITY: the one shown, or else the newest that is gone; NULL when there is none. */
const MailboxInfo *known_mailboxes_epoch(const KnownMailboxes *known, const uint8_t *name, size_t length,
                                         uint32_t uidvalidity);
/* The one shown under that name, whatever its UIDVALIDITY; or NULL. */
const MailboxInfo *known_mailboxes_shown_as(const KnownMailboxes *known, const uint8_t *name, size_t length);
bool known_mailboxes_is_shown(const KnownMailboxes *known, uint32_t mailbox);

/* Notes that the server has this mailbox. */
void known_mailboxes_claim(KnownMailboxes *known, uint32_t mailbox);
/* Whether any of them, shown or gone, has messages. */
bool known_mailboxes_hold_messages(const KnownMailboxes *known);

/* Takes a claim back. */
void known_mailboxes_disown(KnownMailboxes *known, uint32_t mailbox);
/* Those shown that nobody claimed: uint32_t numbers. Caller unrefs. */
GArray *known_mailboxes_unclaimed(const KnownMailboxes *known);

#endif
