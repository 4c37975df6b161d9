/* Asks a server which mailboxes an account has and in what state they are, in as few round trips as it allows. */
#ifndef MB_ASK_MAILBOXES_H
#define MB_ASK_MAILBOXES_H

#include "imap_client.h"
#include "mirror.h"
#include "server_mailboxes.h"

/* Notes in `server` what it says of itself meanwhile. LIST with STATUS in one where the server can (RFC 5819), else
 * LIST and pipelined STATUS. A mailbox whose STATUS was refused is listed without. Mailboxes of other users and shared
 * ones (RFC 2342) are left out unless `shared`. A server that lists nothing at all is not ready: MB_ERROR_AGAIN. */
ServerMailboxes *ask_mailboxes(ImapClient *client, bool shared, MirrorServer *server, GError **error);

#endif
