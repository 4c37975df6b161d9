/* Status responses: OK, NO, BAD, BYE, PREAUTH with their response code and text (RFC 9051 7.1). */
#ifndef MB_IMAP_RESPONSE_H
#define MB_IMAP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_lexer.h"

typedef enum { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH } ImapOutcome;

/* The response codes that a caller may act on; all others are IMAP_CODE_OTHER (APPENDUID, REFERRAL, ... on purpose). */
typedef enum {
    IMAP_CODE_NONE,
    IMAP_CODE_OTHER,
    IMAP_CODE_ALERT,
    IMAP_CODE_AUTHENTICATIONFAILED,
    IMAP_CODE_AUTHORIZATIONFAILED,
    IMAP_CODE_CAPABILITY, /* the session has taken note of it already */
    IMAP_CODE_CLOSED,
    IMAP_CODE_CONTACTADMIN,
    IMAP_CODE_EXPIRED,
    IMAP_CODE_EXPUNGEISSUED,
    IMAP_CODE_HIGHESTMODSEQ,
    IMAP_CODE_INUSE,
    IMAP_CODE_LIMIT,
    IMAP_CODE_MESSAGELIMIT, /* RFC 9738: only the newest messages were answered for */
    IMAP_CODE_NOMODSEQ,
    IMAP_CODE_NONEXISTENT,
    IMAP_CODE_NOPERM,
    IMAP_CODE_OVERQUOTA,
    IMAP_CODE_PERMANENTFLAGS,
    IMAP_CODE_PRIVACYREQUIRED,
    IMAP_CODE_READ_ONLY,
    IMAP_CODE_READ_WRITE,
    IMAP_CODE_SERVERBUG,
    IMAP_CODE_THROTTLED, /* also when it stands at the end of the text, as Gmail has it */
    IMAP_CODE_UIDNEXT,
    IMAP_CODE_UIDNOTSTICKY,
    IMAP_CODE_UIDVALIDITY,
    IMAP_CODE_UNAVAILABLE,
} ImapCode;

typedef struct {
    ImapOutcome outcome;
    ImapCode code;
    uint64_t number;  /* of UIDVALIDITY, UIDNEXT (both fit 32 bits), HIGHESTMODSEQ, and of MESSAGELIMIT the lowest UID
                         that was  answered for (32 bits); 0 where it was missing or no number */
    const char *text; /* what the server says to people: escaped by text_escape(), never NULL */
} ImapCondition;

/* True for a NO or BAD that may be an OK later. Some servers say so only in words. */
bool imap_condition_is_passing(const ImapCondition *condition);
/* True for a NO or BAD that says nothing of the command, but that the session is of no more use: a new login helps. */
bool imap_condition_ends_session(const ImapCondition *condition);

/* True when `word` is OK, NO, BAD, BYE or PREAUTH; *outcome is then which. */
bool imap_response_outcome(ImapData word, ImapOutcome *outcome);

/* Reads what follows the outcome, to the end. A code that makes no sense is text. The texts are new; *capabilities is
 * those of a CAPABILITY code, in the form of imap_capability.h, or NULL. Caller frees both with g_free(). */
typedef struct {
    ImapCode code;
    uint64_t number;
    char *text;
    char *capabilities;
} ImapResponseText;

void imap_response_text_clear(ImapResponseText *text);
ImapResponseText imap_response_text_parse(ImapLexer *lexer);

#endif
