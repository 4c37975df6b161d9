/* The certificate with which a client shows a server who it is. */
#ifndef MB_CLIENT_IDENTITY_H
#define MB_CLIENT_IDENTITY_H

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "connection.h"

/* Loads the endpoint's certificate and key, if it has them. MB_ERROR_INSECURE when others can read the key,
 * MB_ERROR_INVALID when they are not what they should be. */
bool client_identity_load(SSL_CTX *context, const Endpoint *endpoint, GError **error);

#endif
