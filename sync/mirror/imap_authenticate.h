/* Tells the server who we are: SASL (RFC 4422) in AUTHENTICATE, or the LOGIN command. */
#ifndef MB_IMAP_AUTHENTICATE_H
#define MB_IMAP_AUTHENTICATE_H

#include <glib.h>

#include "account_settings.h"
#include "imap_client.h"
#include "secrets.h"

/* How it went. Static strings. */
typedef struct {
    const char *mechanism; /* "SCRAM-SHA-256" */
    const char *refused;   /* a stronger one that the server offers and then refuses; or NULL */
} LoginOutcome;

/* Logs in with the strongest mechanism that the server offers, or the one of the settings. The client must know its
 * capabilities. MB_ERROR_AUTH when the server refuses or does not prove what it should; MB_ERROR_AGAIN when it says
 * that this is not the moment. */
bool imap_authenticate(ImapClient *client, const AccountSettings *settings, const Secret *secret, LoginOutcome *outcome,
                       GError **error);

#endif
