/* The two OAuth mechanisms, which libgsasl does not have: OAUTHBEARER (RFC 7628) and Google's XOAUTH2. One message; a
 * server that refuses says why in JSON and wants an empty answer before it says NO. */
#ifndef MB_OAUTH_H
#define MB_OAUTH_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "credentials.h"

/* The first message; wipe it when it was sent. NULL with MB_ERROR_INVALID when user or token cannot be in one. */
GString *oauth_message(const Credentials *credentials, bool bearer, GError **error);

/* The answer to a refusal. */
const char *oauth_dismissal(bool bearer);

/* The refusal in a few words, escaped. Caller frees. */
char *oauth_failure(const void *challenge, size_t length);

#endif
