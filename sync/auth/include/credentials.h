/* What an account can prove who it is with. All is borrowed. */
#ifndef MB_CREDENTIALS_H
#define MB_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secrets.h"

/* What ties a login to the TLS connection it happens on (RFC 5056). */
typedef struct {
    bool is_exporter; /* tls-exporter (RFC 9266); else tls-unique (RFC 5929) */
    uint8_t bytes[64];
    size_t length; /* 0: there is none */
} ChannelBinding;

typedef struct {
    const char *user;
    const Secret *secret;  /* a password; or an access token; empty when the certificate is all there is */
    bool secret_is_token;  /* for OAuth */
    bool certificate_only; /* the TLS connection proved it: EXTERNAL */
    const char *only;      /* the one mechanism that is allowed; or NULL */
    const char *host;      /* the server's, as OAUTHBEARER tells it */
    uint16_t port;
    ChannelBinding binding;
} Credentials;

#endif
