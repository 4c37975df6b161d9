/* The commands that can be said at all: none of them changes anything on a server. EXAMINE opens, BODY.PEEK[] reads,
 * UNSELECT leaves (RFC 9051 6, RFC 3691); SELECT, STORE, APPEND, CLOSE, EXPUNGE cannot be built.
 *
 * Arguments are octets: what a quoted string cannot carry (CR, LF, 8-bit) goes as a literal, a NUL is refused with
 * MB_ERROR_INVALID, so no argument can ever become a command. */
#ifndef MB_IMAP_COMMAND_H
#define MB_IMAP_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ImapCommand ImapCommand;

/* Wipes and frees; only for a command that was not given to imap_session_send(). */
void imap_command_free(ImapCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapCommand, imap_command_free)

/* Never NULL. */
ImapCommand *imap_command_capability(void);
ImapCommand *imap_command_starttls(void);
ImapCommand *imap_command_noop(void);
ImapCommand *imap_command_logout(void);

/* ID with these two fields (RFC 2971). */
ImapCommand *imap_command_id(const char *name, const char *version, GError **error);

/* Kept in memory that is wiped. */
ImapCommand *imap_command_login(const char *user, const char *password, GError **error);

/* `initial`: the initial response (RFC 4959, only where the server has SASL-IR), raw octets; NULL for none. */
ImapCommand *imap_command_authenticate(const char *mechanism, const void *initial, size_t initial_length,
                                       GError **error);

/* LIST "" "*". With `status_items` (ImapStatusItems, not 0): RETURN (SPECIAL-USE STATUS (...)), RFC 5819, where
 * `special_use` tells whether to ask for SPECIAL-USE; with none of both the plain command. */
ImapCommand *imap_command_list(bool special_use, uint32_t status_items);

/* `name`: the mailbox as LIST told it. */
ImapCommand *imap_command_status(const uint8_t *name, size_t name_length, uint32_t status_items, GError **error);
ImapCommand *imap_command_examine(const uint8_t *name, size_t name_length, GError **error);

/* UID FETCH `uid_set` (UID FLAGS). The set is from imap_uid_set.h or "1:*"; other characters are refused. */
ImapCommand *imap_command_fetch_flags(const char *uid_set, GError **error);
/* UID FETCH `uid_set` (UID FLAGS INTERNALDATE BODY.PEEK[]). */
ImapCommand *imap_command_fetch_messages(const char *uid_set, GError **error);

#endif
