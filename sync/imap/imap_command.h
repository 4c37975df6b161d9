/* The commands that can be said at all: none of them changes anything on a server. EXAMINE opens, BODY.PEEK[] reads
 * (RFC 9051 6); SELECT, STORE, APPEND, CLOSE, EXPUNGE cannot be built.
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
ImapCommand *imap_command_compress(void);    /* DEFLATE (RFC 4978) */
ImapCommand *imap_command_enable_utf8(void); /* ENABLE UTF8=ACCEPT (RFC 5161, RFC 6855) */
ImapCommand *imap_command_namespace(void);
ImapCommand *imap_command_quota(void); /* GETQUOTAROOT INBOX (RFC 9208) */
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

/* `name`: the mailbox in the form that the server takes, imap_session_wire_name(). */
ImapCommand *imap_command_status(const uint8_t *name, size_t name_length, uint32_t status_items, GError **error);
ImapCommand *imap_command_examine(const uint8_t *name, size_t name_length, GError **error);

/* What a FETCH asks for besides the UID. */
typedef enum {
    IMAP_ITEM_FLAGS = 1 << 0,
    IMAP_ITEM_INTERNALDATE = 1 << 1,
    IMAP_ITEM_SIZE = 1 << 2,     /* RFC822.SIZE */
    IMAP_ITEM_EMAILID = 1 << 3,  /* RFC 8474 */
    IMAP_ITEM_GM_MSGID = 1 << 4, /* X-GM-EXT-1 */
    IMAP_ITEM_HEADER = 1 << 5,   /* BODY.PEEK[HEADER]; not together with the body */
    IMAP_ITEM_BODY = 1 << 6,     /* BODY.PEEK[] */
} ImapFetchItems;

/* UID FETCH `uid_set` (UID ...). The set is from imap_uid_set.h or "1:*"; other characters are refused. With
 * `changed_since` (0: without) only messages that changed behind that HIGHESTMODSEQ are told (RFC 7162 3.1.4.1). */
ImapCommand *imap_command_fetch(const char *uid_set, uint32_t items, uint64_t changed_since, GError **error);

/* UID FETCH of the header of one message and of `length` bytes from `offset` on of the whole (RFC 9051 6.4.5). */
ImapCommand *imap_command_fetch_sample(uint32_t uid, uint64_t offset, unsigned length);

/* UID SEARCH RETURN (ALL) ALL (RFC 9051 6.4.4, RFC 4731): all UIDs of the mailbox as one set. */
ImapCommand *imap_command_search_all(void);
/* UID SEARCH SINCE: the UIDs, none above `highest`, of messages whose INTERNALDATE is of that day (UTC, seconds since
 * 1970) or later; as a set with `extended`, else one by one. */
ImapCommand *imap_command_search_since(int64_t day, uint32_t highest, bool extended);

#endif
