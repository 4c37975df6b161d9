/* One FETCH response (RFC 9051 7.5.2), its items in any order; unknown items are skipped. */
#ifndef MB_IMAP_FETCH_H
#define MB_IMAP_FETCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "imap_lexer.h"

typedef enum {
    IMAP_BODY_ABSENT, /* the response has neither BODY[] nor BODY[HEADER] */
    IMAP_BODY_NIL,    /* the server has the message and will not give its bytes */
    IMAP_BODY_GIVEN,  /* the bytes came as body events just before this one; there may be 0 of them */
} ImapBody;

typedef struct {
    uint32_t sequence;
    uint32_t uid; /* 0: not told */
    bool has_flags;
    uint32_t flags;        /* ImapSystemFlags */
    const char *keywords;  /* sorted bytewise, each once, separated by one space; "" for none */
    bool has_internaldate; /* false when missing or no date at all (NIL, 00-Jan-0000, zone +9900) */
    int64_t internaldate;  /* seconds since 1970 */
    bool has_size;
    uint64_t size;   /* RFC822.SIZE: a hint, never a check */
    uint64_t modseq; /* 0: not told */
    ImapBody body;
    uint64_t body_size; /* octets of BODY[] or BODY[HEADER] */
    bool is_header;     /* it is BODY[HEADER] */
    ImapData sample;    /* what came as BODY[]<offset>; empty: nothing did */
    ImapData origin;    /* the value of EMAILID or X-GM-MSGID; empty: not told */
} ImapFetch;

/* Reads what follows "* n FETCH " into `fetch`, all zeros but its sequence or UID; `keywords` is the memory that
 * fetch->keywords points into, and `body` the octets of BODY[] as they stand in the response. */
void imap_fetch_parse(ImapLexer *lexer, GString *keywords, ImapFetch *fetch, ImapData *body);

#endif
