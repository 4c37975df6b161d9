/* From a host name to a logged-in client: connection, greeting, TLS, authentication, capabilities. */
#ifndef MB_IMAP_LOGIN_H
#define MB_IMAP_LOGIN_H

#include <gio/gio.h>

#include "account_settings.h"
#include "connect_ahead.h"
#include "imap_authenticate.h"
#include "imap_client.h"
#include "secrets.h"

/* All is borrowed. */
typedef struct {
    unsigned connect_timeout_ms;
    unsigned idle_timeout_ms;
    GCancellable *cancellable; /* or NULL */
    ConnectAhead *ahead;       /* what imap_connect_ahead() began, to be taken; or NULL */
} LoginWay;

/* Begins to connect to the account's server, or goes on from `attempt` (or NULL); `way->ahead` counts for nothing. */
ConnectAhead *imap_connect_ahead(const AccountSettings *settings, TcpAttempt *attempt, const LoginWay *way);

/* The secret is not sent before TLS is verified; with STARTTLS nothing that was said before counts (RFC 3501 6.2.1).
 * Without TLS nothing is sent but to this machine, or to the host that the settings name for it. An access token that
 * the server refuses is asked for once more from the account's command. MB_ERROR_AUTH when the server refuses user and
 * secret. */
ImapClient *imap_login(const AccountSettings *settings, const LoginWay *way, const Secret *secret,
                       LoginOutcome *outcome, GError **error);

#endif
