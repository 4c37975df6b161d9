/* An IMAP connection without the connection (RFC 9051, RFC 3501): received bytes in, events out; commands in, bytes to
 * send out. Does no I/O, and tells the same events however the bytes are cut. One thread at a time.
 *
 * The loop of a caller:
 *   send: while imap_session_output() has bytes, write them to the socket and report with imap_session_sent();
 *   receive: imap_session_feed() what was read, then imap_session_next() until it says IMAP_EVENT_NEED_MORE.
 *
 * A server that says what no server may say is MB_ERROR_PROTOCOL, one that says too much MB_ERROR_LIMIT; after either
 * the session is dead: every further imap_session_next() fails with the same error. Only mailbox data without a message
 * body is passed over instead (IMAP_EVENT_BROKEN): where it ends is beyond doubt, so one odd line spoils nothing else.
 */
#ifndef MB_IMAP_SESSION_H
#define MB_IMAP_SESSION_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_command.h"
#include "imap_data.h"
#include "imap_fetch.h"
#include "imap_id.h"
#include "imap_list.h"
#include "imap_namespace.h"
#include "imap_quota.h"
#include "imap_response.h"
#include "imap_search.h"
#include "imap_status.h"
#include "imap_vanished.h"

typedef enum {
    IMAP_EVENT_NEED_MORE,    /* nothing until more bytes are fed */
    IMAP_EVENT_GREETING,     /* condition: IMAP_OK, IMAP_PREAUTH or IMAP_BYE; always the first event */
    IMAP_EVENT_CONTINUATION, /* challenge: the server waits for imap_session_answer() */
    IMAP_EVENT_TAGGED,       /* condition, command: the end of one command */
    IMAP_EVENT_CONDITION,    /* condition: an untagged OK, NO or BAD */
    IMAP_EVENT_BYE,          /* condition: the server is about to close */
    IMAP_EVENT_CAPABILITY,   /* the server told its capabilities, see imap_session_has_capability() */
    IMAP_EVENT_LIST,         /* list */
    IMAP_EVENT_NAMESPACE,    /* namespaces */
    IMAP_EVENT_STATUS,       /* status */
    IMAP_EVENT_ID,           /* id */
    IMAP_EVENT_QUOTA,        /* quota */
    IMAP_EVENT_SEARCH,       /* search */
    IMAP_EVENT_VANISHED,     /* vanished */
    IMAP_EVENT_EXISTS,       /* number */
    IMAP_EVENT_EXPUNGE,      /* number: a sequence number */
    IMAP_EVENT_BODY_BEGIN,   /* body_size: a BODY[] or BODY[HEADER] follows; DATA, END and the FETCH it belongs to come
                                next */
    IMAP_EVENT_BODY_DATA,    /* data */
    IMAP_EVENT_BODY_END,     /* all octets of it were told */
    IMAP_EVENT_FETCH,        /* fetch; of UIDFETCH (RFC 9586) too: its sequence is then 0 */
    IMAP_EVENT_BROKEN,       /* broken: an untagged response that cannot be understood; the session goes on behind it */
    IMAP_EVENT_OTHER,        /* an untagged response of no interest */
} ImapEventKind;

typedef struct {
    ImapEventKind kind; /* what it would have been: IMAP_EVENT_LIST, IMAP_EVENT_FETCH, ... */
    const char *text;   /* how it begins, escaped by text_escape() */
} ImapBroken;

/* Pointers are valid until the next call on the session. */
typedef struct {
    ImapEventKind kind;
    uint32_t command; /* of IMAP_EVENT_TAGGED: what imap_session_send() returned */
    union {
        ImapCondition condition;
        ImapData challenge; /* decoded from base64 */
        ImapList list;
        const ImapNamespaces *namespaces;
        ImapStatus status;
        ImapId id;
        ImapQuota quota;
        ImapFetch fetch;
        ImapUidRanges search;
        ImapVanished vanished;
        ImapBroken broken;
        ImapData data; /* never empty */
        uint64_t body_size;
        uint32_t number;
    };
} ImapEvent;

typedef struct ImapSession ImapSession;

/* `tag_prefix`: letters and digits that nobody can guess, from a random source; every tag is it plus a number. */
ImapSession *imap_session_new(const char *tag_prefix);
/* Wipes what was not sent. NULL is allowed. */
void imap_session_free(ImapSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapSession, imap_session_free)

/* Copies the bytes in. Call it only after imap_session_next() said NEED_MORE, so that the copy stays small. */
void imap_session_feed(ImapSession *session, const void *data, size_t length);

/* The next event; false on a dead session. */
bool imap_session_next(ImapSession *session, ImapEvent *event, GError **error);

/* Bytes fed that no event has used up: 0 is what STARTTLS must see when its OK has come, or somebody injects. */
size_t imap_session_buffered_bytes(const ImapSession *session);

/* Takes back what was fed behind the response of the last event: behind the OK to COMPRESS it is compressed. Caller
 * unrefs. */
GBytes *imap_session_take_back(ImapSession *session);

/* Mailbox names in events are modified UTF-7 (or whatever bytes the server has in its place), so that a name stays the
 * same whether or not the server speaks UTF-8: that it does behind ENABLE UTF8=ACCEPT (RFC 6855 3), or when it is of
 * IMAP4rev2 alone (RFC 9051 5.1). This is the name as the server takes it in commands. False while ENABLE is not
 * answered yet. Caller unrefs *wire. */
bool imap_session_wire_name(const ImapSession *session, const uint8_t *name, size_t length, GBytes **wire);

/* Queues a command, takes it over, and returns its number, never 0. Commands go out in order and may be in flight
 * together; behind STARTTLS, LOGIN, AUTHENTICATE, COMPRESS and LOGOUT nothing goes out before their end was told. */
uint32_t imap_session_send(ImapSession *session, ImapCommand *command);

/* Commands whose end was not told yet. */
unsigned imap_session_commands_open(const ImapSession *session);

/* The answer to a CONTINUATION event: raw octets, sent as base64. */
void imap_session_answer(ImapSession *session, const void *data, size_t length);

/* The bytes to write to the socket now; *length is 0 when there are none. Valid until the next call. */
void imap_session_output(ImapSession *session, const uint8_t **data, size_t *length);
/* `length` of them were written; they are wiped from memory. */
void imap_session_sent(ImapSession *session, size_t length);

/* Capabilities come from CAPABILITY responses and response codes. They are forgotten when STARTTLS, LOGIN or
 * AUTHENTICATE end well (the OK of a login may tell new ones at once): ask again when they are not known. */
bool imap_session_knows_capabilities(const ImapSession *session);
/* `name` as registered, "LIST-STATUS", "AUTH=SCRAM-SHA-256"; case does not matter. */
bool imap_session_has_capability(const ImapSession *session, const char *name);
void imap_session_forget_capabilities(ImapSession *session);
/* The mechanisms of AUTH=, separated by spaces, in the server's order; "" for none. Caller frees with g_free(). */
char *imap_session_mechanisms(const ImapSession *session);

#endif
