/* Opening a mailbox to look at it, and listing its messages. */
#ifndef MB_MIRROR_EXAMINE_H
#define MB_MIRROR_EXAMINE_H

#include "imap_client.h"
#include "message_listing.h"
#include "server_mailboxes.h"

typedef struct {
    uint32_t uidvalidity; /* 0: not told */
    MailboxCursor state;  /* as of the opening */
} ExaminedMailbox;

/* EXAMINE. When the server says NO, or no command can carry the name, *refusal is the reason (caller frees) and the
 * result true. */
bool mirror_examine(ImapClient *client, const ServerMailbox *mailbox, ExaminedMailbox *examined, char **refusal,
                    GError **error);

/* Appends the messages of `uid_set` in the open mailbox to `messages` (ListedMessage), sorted, each once; where the
 * server answers only for so many at a time (RFC 9738), all below those too. *expunged
 * counts those that went away meanwhile. MB_ERROR_REFUSED when the server says NO. */
bool mirror_list_messages(ImapClient *client, const char *uid_set, KeywordTable *keywords, GArray *messages,
                          uint32_t *expunged, GError **error);

#endif
