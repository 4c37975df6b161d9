/* From a host name to a logged-in client: connection, greeting, TLS, authentication, capabilities. */
#ifndef MB_IMAP_LOGIN_H
#define MB_IMAP_LOGIN_H

#include <gio/gio.h>

#include "account_settings.h"
#include "imap_client.h"
#include "secrets.h"

typedef struct {
    unsigned connect_timeout_ms;
    unsigned idle_timeout_ms;
} LoginTimeouts;

/* The password is not sent before TLS is verified; with STARTTLS nothing that was said before counts (RFC 3501 6.2.1).
 * *mechanism is a static string. MB_ERROR_AUTH when the server refuses user and password. */
ImapClient *imap_login(const AccountSettings *settings, const LoginTimeouts *timeouts, const Secret *password,
                       const char **mechanism, GCancellable *cancellable, GError **error);

#endif
