/* Pinned keys: the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469 2.4), written "sha256//BASE64". */
#ifndef MB_PIN_H
#define MB_PIN_H

#include <glib.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "connection.h"

/* True when the key of `leaf` is one of the endpoint's pins; MB_ERROR_CERTIFICATE otherwise, with the pin it would be.
 */
bool pin_check(const X509 *leaf, const Endpoint *endpoint, GError **error);

#endif
