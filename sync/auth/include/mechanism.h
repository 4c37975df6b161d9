/* One authentication exchange (SASL, RFC 4422), from the choice of the mechanism to the server's proof. Does no I/O. */
#ifndef MB_MECHANISM_H
#define MB_MECHANISM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "secrets.h"

typedef struct Mechanism Mechanism;

/* The strongest mechanism that both sides have: SCRAM-SHA-256, SCRAM-SHA-1 (RFC 7677, RFC 5802), PLAIN (RFC 4616, for
 * use inside TLS). `offered` is the server's list, separated by spaces. MB_ERROR_NOT_FOUND when there is none. */
Mechanism *mechanism_choose(const char *offered, const char *user, const Secret *password, GError **error);
void mechanism_free(Mechanism *mechanism);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mechanism, mechanism_free)

/* "SCRAM-SHA-256"; a static string. */
const char *mechanism_name(const Mechanism *mechanism);

/* The answer to a challenge (length 0: the first message), to be sent as it is; valid until the next call.
 * MB_ERROR_AUTH when the server does not prove that it knows the password, MB_ERROR_LIMIT when it asks for too much
 * work. */
bool mechanism_step(Mechanism *mechanism, const void *challenge, size_t length, const char **answer,
                    size_t *answer_length, GError **error);

/* True when nothing is missing: a login that the server calls done before that is not to be trusted. */
bool mechanism_is_complete(const Mechanism *mechanism);

#endif
