#include "imap_response.h"

#include <string.h>

#include "imap_capability.h"
#include "mb_limits.h"
#include "text.h"

static const struct {
    const char *name;
    ImapCode code;
} code_names[] = {
    {"ALERT", IMAP_CODE_ALERT},
    {"AUTHENTICATIONFAILED", IMAP_CODE_AUTHENTICATIONFAILED},
    {"AUTHORIZATIONFAILED", IMAP_CODE_AUTHORIZATIONFAILED},
    {"CAPABILITY", IMAP_CODE_CAPABILITY},
    {"CLOSED", IMAP_CODE_CLOSED},
    {"CONTACTADMIN", IMAP_CODE_CONTACTADMIN},
    {"EXPIRED", IMAP_CODE_EXPIRED},
    {"EXPUNGEISSUED", IMAP_CODE_EXPUNGEISSUED},
    {"HIGHESTMODSEQ", IMAP_CODE_HIGHESTMODSEQ},
    {"INUSE", IMAP_CODE_INUSE},
    {"LIMIT", IMAP_CODE_LIMIT},
    {"MESSAGELIMIT", IMAP_CODE_MESSAGELIMIT},
    {"NOMODSEQ", IMAP_CODE_NOMODSEQ},
    {"NONEXISTENT", IMAP_CODE_NONEXISTENT},
    {"NOPERM", IMAP_CODE_NOPERM},
    {"OVERQUOTA", IMAP_CODE_OVERQUOTA},
    {"PERMANENTFLAGS", IMAP_CODE_PERMANENTFLAGS},
    {"PRIVACYREQUIRED", IMAP_CODE_PRIVACYREQUIRED},
    {"READ-ONLY", IMAP_CODE_READ_ONLY},
    {"READ-WRITE", IMAP_CODE_READ_WRITE},
    {"SERVERBUG", IMAP_CODE_SERVERBUG},
    {"THROTTLED", IMAP_CODE_THROTTLED},
    {"UIDNEXT", IMAP_CODE_UIDNEXT},
    {"UIDNOTSTICKY", IMAP_CODE_UIDNOTSTICKY},
    {"UIDVALIDITY", IMAP_CODE_UIDVALIDITY},
    {"UNAVAILABLE", IMAP_CODE_UNAVAILABLE},
};

bool imap_response_outcome(ImapData word, ImapOutcome *outcome)
{
    static const char *const names[] = {
        [IMAP_OK] = "OK", [IMAP_NO] = "NO", [IMAP_BAD] = "BAD", [IMAP_BYE] = "BYE", [IMAP_PREAUTH] = "PREAUTH",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (imap_data_is(word, names[i])) {
            *outcome = (ImapOutcome)i;
            return true;
        }
    }
    return false;
}

static bool is_refusal(const ImapCondition *condition)
{
    return condition->outcome == IMAP_NO || condition->outcome == IMAP_BAD;
}

bool imap_condition_is_passing(const ImapCondition *condition)
{
    static const ImapCode codes[] = {IMAP_CODE_UNAVAILABLE, IMAP_CODE_THROTTLED, IMAP_CODE_INUSE, IMAP_CODE_LIMIT,
                                     IMAP_CODE_OVERQUOTA};
    bool passing = strstr(condition->text, "Too many simultaneous connections") || /* Gmail */
                   strstr(condition->text, "Suggested Backoff Time");              /* Exchange */
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        passing = passing || condition->code == codes[i];
    return is_refusal(condition) && passing;
}

bool imap_condition_ends_session(const ImapCondition *condition)
{
    bool over = condition->code == IMAP_CODE_EXPIRED ||
                strstr(condition->text, "User is authenticated but not connected"); /* Exchange */
    return is_refusal(condition) && over;
}

static ImapCode code_of(ImapData name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(code_names); i++)
        if (imap_data_is(name, code_names[i].name))
            return code_names[i].code;
    return IMAP_CODE_OTHER;
}

/* The "]" that closes the code; those inside quoted strings do not count. NULL when there is none. */
static uint8_t *closing_bracket(const ImapLexer *lexer)
{
    bool quoted = false;
    for (uint8_t *at = lexer->at; at < lexer->end; at++) {
        if (quoted && *at == '\\' && at + 1 < lexer->end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (*at == ']' && !quoted)
            return at;
    }
    return NULL;
}

/* 0 for a number that is missing or that the code cannot have: servers do send such, and it says "not told". */
static uint64_t number_of(ImapCode code, ImapLexer *inside)
{
    imap_lexer_skip_spaces(inside);
    if (code == IMAP_CODE_MESSAGELIMIT) {
        imap_lexer_number32(inside); /* the limit itself */
        imap_lexer_skip_spaces(inside);
    }
    if (code == IMAP_CODE_UIDVALIDITY || code == IMAP_CODE_UIDNEXT || code == IMAP_CODE_MESSAGELIMIT)
        return imap_lexer_number32(inside);
    return code == IMAP_CODE_HIGHESTMODSEQ ? imap_lexer_number(inside) : 0;
}

static void take_code(ImapLexer *lexer, ImapResponseText *text)
{
    uint8_t *bracket = closing_bracket(lexer);
    if (imap_lexer_peek(lexer) != '[' || !bracket)
        return;
    ImapLexer inside = imap_lexer_of(lexer->at + 1, (size_t)(bracket - lexer->at - 1));
    text->code = code_of(imap_lexer_word(&inside));
    text->number = number_of(text->code, &inside);
    if (text->code == IMAP_CODE_CAPABILITY)
        text->capabilities = imap_capability_parse(&inside);
    lexer->at = bracket + 1;
    imap_lexer_skip_spaces(lexer);
}

ImapResponseText imap_response_text_parse(ImapLexer *lexer)
{
    ImapResponseText text = {.code = IMAP_CODE_NONE};
    imap_lexer_skip_spaces(lexer);
    take_code(lexer, &text);
    text.text = text_escape((const char *)lexer->at, MIN((size_t)(lexer->end - lexer->at), LIMIT_SERVER_TEXT_BYTES));
    if (text.code == IMAP_CODE_NONE && g_str_has_suffix(text.text, "[THROTTLED]"))
        text.code = IMAP_CODE_THROTTLED;
    lexer->at = lexer->end;
    return text;
}

void imap_response_text_clear(ImapResponseText *text)
{
    g_free(text->text);
    g_free(text->capabilities);
    *text = (ImapResponseText){0};
}
