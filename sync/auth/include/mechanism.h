/* One authentication exchange (SASL, RFC 4422), from the choice of the mechanism to the server's proof. Does no I/O. */
#ifndef MB_MECHANISM_H
#define MB_MECHANISM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "credentials.h"

typedef struct Mechanism Mechanism;

/* Loads what mechanisms need, which takes a millisecond; else the first one does. MB_ERROR_SYSTEM when it is not there.
 * Any thread. */
bool mechanism_prepare(GError **error);

/* The strongest mechanism, in the order of mechanism_names(), that both sides have and that the credentials allow.
 * `offered` is the server's list, separated by spaces. MB_ERROR_NOT_FOUND when there is none. */
Mechanism *mechanism_choose(const char *offered, const Credentials *credentials, GError **error);
void mechanism_free(Mechanism *mechanism);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mechanism, mechanism_free)

/* "SCRAM-SHA-256"; a static string. */
const char *mechanism_name(const Mechanism *mechanism);

/* False where the server speaks first (RFC 4422 5): then no message goes along with the command. */
bool mechanism_has_initial_response(const Mechanism *mechanism);

/* What to try when the server has refused mechanism `name` (NULL is allowed) although the password may well be right:
 * for one with channel binding the same without, since some servers bind otherwise than RFC 9266 says. A static string,
 * or NULL. */
const char *mechanism_fallback(const char *name);

/* The answer to a challenge (length 0: the first message), to be sent as it is; valid until the next call.
 * MB_ERROR_AUTH when the server does not prove that it knows the password, MB_ERROR_LIMIT when it asks for too much
 * work. */
bool mechanism_step(Mechanism *mechanism, const void *challenge, size_t length, const char **answer,
                    size_t *answer_length, GError **error);

/* True when nothing is missing: a login that the server calls done before that is not to be trusted. */
bool mechanism_is_complete(const Mechanism *mechanism);

/* What the mechanism itself was told about a refusal, escaped for people: "invalid_token"; or NULL. */
const char *mechanism_failure(const Mechanism *mechanism);

#endif
