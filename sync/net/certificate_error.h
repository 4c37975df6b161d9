/* Why a certificate was refused, as one line that says what to do. */
#ifndef MB_CERTIFICATE_ERROR_H
#define MB_CERTIFICATE_ERROR_H

#include <glib.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "connection.h"

/* Sets *error (MB_ERROR_CERTIFICATE) for X509_V_ERR_ code `verify_error`. `leaf` is the server's certificate,
 * `at_fault` the one of its chain that was refused; either may be NULL. Always returns false. */
bool certificate_error_set(GError **error, const Endpoint *endpoint, int verify_error, X509 *leaf, X509 *at_fault);

#endif
