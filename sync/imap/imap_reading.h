/* A complete response on its way to becoming an event. Where a function fails, the session is dead. */
#ifndef MB_IMAP_READING_H
#define MB_IMAP_READING_H

#include "imap_lexer.h"
#include "imap_session_private.h"

typedef struct {
    const ImapPart *part;
    ImapLexer lexer; /* over the part's bytes */
    ImapEvent *event;
} ImapReading;

/* Any response. */
bool imap_reading_response(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error);
/* One that begins with an asterisk and is no condition: `word` is what stands behind that. */
bool imap_reading_data(ImapSession *session, ImapReading *reading, ImapData word, GError **error);
/* One that begins with a number. */
bool imap_reading_numbered(ImapSession *session, ImapReading *reading, GError **error);

/* Fails: "the server sent WHY: RESPONSE" (MB_ERROR_PROTOCOL). */
bool imap_reading_refuse(const ImapReading *reading, const char *why, GError **error);
/* Fails unless the parsers that used the lexer understood the response. */
bool imap_reading_check_understood(const ImapReading *reading, GError **error);
/* Fails before the login: mailbox data can then only be somebody's on the way who wants it believed afterwards. */
bool imap_reading_check_authenticated(const ImapSession *session, GError **error);
/* Fails before the login, and where a body was told that is not understood; else an event becomes IMAP_EVENT_BROKEN. */
bool imap_reading_check_data(ImapSession *session, const ImapReading *reading, GError **error);

#endif
