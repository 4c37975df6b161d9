/* An ImapSession on a Connection: commands go out, events come in, one at a time, in the order the server said them.
 * Belongs to one thread. */
#ifndef MB_IMAP_CLIENT_H
#define MB_IMAP_CLIENT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "imap_session.h"

typedef struct ImapClient ImapClient;

/* Takes over the connection; `host` is for errors, copied. */
ImapClient *imap_client_new(Connection *connection, const char *host);
/* Says LOGOUT without waiting for the answer. NULL is fine. */
void imap_client_close(ImapClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapClient, imap_client_close)

/* Both borrowed: for the login, which changes the connection under the session. */
Connection *imap_client_connection(ImapClient *client);
ImapSession *imap_client_session(ImapClient *client);
bool imap_client_has_capability(const ImapClient *client, const char *name);

/* Queues a command, takes it over, and returns its number. NULL is passed through as 0. */
uint32_t imap_client_send(ImapClient *client, ImapCommand *command);

/* The mailbox as commands name it (imap_session.h); waits for the answer to ENABLE first, should it be on its way.
 * Caller unrefs. */
GBytes *imap_client_wire_name(ImapClient *client, const uint8_t *name, size_t length, GError **error);

/* Waits for the next event, sending what is queued meanwhile. A BYE is an error (MB_ERROR_AGAIN), as is the end of the
 * connection. What the event points to lives until the next call. */
bool imap_client_next(ImapClient *client, ImapEvent *event, GError **error);

/* True when `event` ends `command`. */
bool imap_client_ends(const ImapEvent *event, uint32_t command);

/* Sends a command whose untagged responses are of no interest and waits for its end; true whatever the outcome, which
 * is in `event`. NULL for a command that could not be built: then *error is left as it is, and false returned. */
bool imap_client_run(ImapClient *client, ImapCommand *command, ImapEvent *event, GError **error);

/* Sets *error from a NO or BAD (MB_ERROR_REFUSED, or MB_ERROR_AGAIN when the server says that it is a passing state).
 * Always returns false. */
bool imap_client_refused(const ImapClient *client, const ImapCondition *condition, const char *what, GError **error);

#endif
