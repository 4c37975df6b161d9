/* What `mailbackup add` remembers of an account: REPO/accounts, a key file with a group an account, mode 0600. It holds
 * no password, only where one is found. */
#ifndef MB_ACCOUNT_SETTINGS_H
#define MB_ACCOUNT_SETTINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { TLS_IMPLICIT, TLS_STARTTLS, TLS_NONE } TlsMode;
typedef enum { COMPRESS_AUTO, COMPRESS_ON, COMPRESS_OFF } CompressMode;

/* How much of its server an account may take; 0: what is usual. */
typedef struct {
    unsigned connections; /* at the same time */
    uint64_t bytes_per_second;
    uint64_t bytes_per_day; /* of messages, over all runs */
} SpeedLimits;

typedef struct {
    char *name; /* the account's name in the repository and in the mount */
    char *host;
    uint16_t port; /* never 0: 993 or 143 where none was given */
    TlsMode tls;
    char *user;
    char *password_command; /* run by /bin/sh -c; its first line of output is the password; or NULL */
    char *password_file;    /* first line; must be readable by its owner alone; or NULL */
    char *token_command; /* likewise run; prints an OAuth access token, to log in with instead of a password; or NULL */
    char *auth;          /* the one SASL mechanism to log in with; NULL: the strongest offered */
    char *ca_file;       /* certificates to trust instead of the system's; or NULL */
    char *pins;          /* "sha256//BASE64" of the server's public key, several separated by commas; or NULL */
    char *client_certificate; /* PEM, shown to the server; or NULL */
    char *client_key;         /* PEM, readable by its owner alone; NULL: in client_certificate */
    char *plaintext_to;       /* the host that may be spoken to without TLS although it is another machine; or NULL */
    CompressMode compress;    /* COMPRESS=DEFLATE: when it pays, always, never */
    char **mailboxes;         /* rules of mailbox_choice.h: which mailboxes, and what of them; NULL: all, whole */
    bool shared;              /* mailboxes of others, and shared ones, too */
    SpeedLimits limits;       /* where a run does not say otherwise */
} AccountSettings;

/* The words for TlsMode and CompressMode, in their order; NULL-terminated. */
extern const char *const tls_mode_names[];
extern const char *const compress_mode_names[];

void account_settings_free(AccountSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccountSettings, account_settings_free)

/* True when `name` can be an account's: UTF-8, 1 to LIMIT_ACCOUNT_NAME_BYTES bytes, no '/', no control or bidi
 * characters, not starting with '.', '-' or a space. */
bool account_name_check(const char *name, GError **error);

/* True when `pins` is a list of "sha256//BASE64", separated by commas. */
bool account_pins_check(const char *pins, GError **error);

/* True when the account logs in with its certificate alone: no password is needed. */
bool account_settings_without_password(const AccountSettings *settings);

/* All accounts in the file's order: AccountSettings*, owned by the array. A repository without the file has none. */
GPtrArray *account_settings_load(const char *repository_path, GError **error);
/* Adds the account or replaces the one of that name; durable. */
bool account_settings_save(const char *repository_path, const AccountSettings *settings, GError **error);

#endif
