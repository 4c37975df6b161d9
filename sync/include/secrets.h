/* Where passwords come from. A Secret's memory is locked, left out of core files and wiped when it is freed. A password
 * is never put on a command line, into the environment of a child, or into a message. */
#ifndef MB_SECRETS_H
#define MB_SECRETS_H

#include <glib.h>
#include <stdbool.h>

#include "account_settings.h"

typedef struct Secret Secret;

Secret *secret_new(const char *text, size_t length);
const char *secret_text(const Secret *secret); /* NUL-terminated */
void secret_free(Secret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_free)

/* From the account's token command, password command or password file; empty when its certificate is all it needs.
 * MB_ERROR_AUTH when it has none of them or they give nothing, MB_ERROR_INSECURE when others can read the file. */
Secret *secret_of_account(const AccountSettings *settings, GError **error);

/* Asks on the controlling terminal, without echo. MB_ERROR_AUTH when there is no terminal. */
Secret *secret_from_prompt(const char *prompt, GError **error);

/* Writes REPO/secrets/NAME.password with mode 0600, durable, and returns its path for password_file. Caller frees. */
char *secret_store(const char *repository_path, const char *account_name, const Secret *secret, GError **error);

#endif
