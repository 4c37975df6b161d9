/* What the parts of a session share. */
#ifndef MB_IMAP_SESSION_PRIVATE_H
#define MB_IMAP_SESSION_PRIVATE_H

#include "imap_outbox.h"
#include "imap_session.h"
#include "imap_splitter.h"
#include "wiped_bytes.h"

/* A BODY[] that came as a quoted string is told by the same events as a literal. */
typedef enum { BODY_TOLD, BODY_TO_BEGIN, BODY_TO_GIVE, BODY_TO_END, FETCH_TO_GIVE } QuotedBodyStep;

struct ImapSession {
    ImapSplitter *splitter;
    ImapOutbox *outbox;
    GError *death;
    bool greeted;
    bool authenticated;
    bool enabling; /* the end of an ENABLE was not told yet */
    bool utf8_enabled;
    char *capabilities; /* as imap_capability.h has them; NULL: not known */
    /* What the pointers of the last event point into. */
    ImapResponseText response_text;
    GString *keywords;
    GArray *ranges; /* ImapUidRange */
    char *broken_text;
    WipedBytes challenge;
    ImapNamespaces namespaces;
    GPtrArray *names; /* char* */
    /* A FETCH whose quoted body is being told. */
    QuotedBodyStep step;
    ImapFetch fetch;
    ImapData body;
};

/* Takes `capabilities`. */
void imap_session_set_capabilities(ImapSession *session, char *capabilities);

/* Whether mailbox names are in UTF-8 now, both ways (RFC 9755, RFC 9051 section 5.1). */
bool imap_session_speaks_utf8(const ImapSession *session);

/* The next step of telling a quoted body and the FETCH behind it. */
void imap_session_tell_quoted_body(ImapSession *session, ImapEvent *event);

#endif
