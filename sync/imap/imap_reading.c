#include "imap_reading.h"

#include "error.h"
#include "imap_base64.h"
#include "text.h"

#define EXCERPT_BYTES 80 /* how much of a response an error shows */

/* How a response begins, for people. Caller frees. */
static char *excerpt_of(const ImapPart *part)
{
    return text_escape((const char *)part->bytes, MIN(part->length, EXCERPT_BYTES));
}

bool imap_reading_refuse(const ImapReading *reading, const char *why, GError **error)
{
    g_autofree char *excerpt = excerpt_of(reading->part);
    return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent %s: %s", why, excerpt);
}

bool imap_reading_check_understood(const ImapReading *reading, GError **error)
{
    if (reading->lexer.too_much)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server sent a response with more in it than is allowed");
    return reading->lexer.failed ? imap_reading_refuse(reading, "a response that cannot be understood", error) : true;
}

bool imap_reading_check_authenticated(const ImapSession *session, GError **error)
{
    if (!session->authenticated)
        return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent mailbox data before the login");
    return true;
}

/* After a body nothing is passed over: when its length was wrong, what follows may be somebody's mail. */
bool imap_reading_check_data(ImapSession *session, const ImapReading *reading, GError **error)
{
    if (!imap_reading_check_authenticated(session, error))
        return false;
    if (!reading->lexer.failed)
        return true;
    if (reading->part->body_told)
        return imap_reading_check_understood(reading, error);
    session->broken_text = excerpt_of(reading->part);
    *reading->event =
        (ImapEvent){.kind = IMAP_EVENT_BROKEN, .broken = {.kind = reading->event->kind, .text = session->broken_text}};
    return true;
}

static ImapCondition take_condition(ImapSession *session, ImapOutcome outcome, ImapLexer *lexer)
{
    ImapResponseText *text = &session->response_text;
    *text = imap_response_text_parse(lexer);
    return (ImapCondition){.outcome = outcome, .code = text->code, .number = text->number, .text = text->text};
}

/* Those of a response code. */
static void adopt_capabilities(ImapSession *session)
{
    if (session->response_text.capabilities)
        imap_session_set_capabilities(session, g_steal_pointer(&session->response_text.capabilities));
}

static bool read_greeting(ImapSession *session, ImapReading *reading, GError **error)
{
    ImapLexer *lexer = &reading->lexer;
    ImapOutcome outcome = IMAP_BAD;
    bool is_condition = imap_lexer_accept(lexer, '*') && imap_lexer_accept(lexer, ' ') &&
                        imap_response_outcome(imap_lexer_word(lexer), &outcome);
    if (!is_condition || outcome == IMAP_NO || outcome == IMAP_BAD)
        return imap_reading_refuse(reading, "something else than an IMAP greeting", error);
    session->greeted = true;
    session->authenticated = outcome == IMAP_PREAUTH;
    reading->event->kind = IMAP_EVENT_GREETING;
    reading->event->condition = take_condition(session, outcome, lexer);
    adopt_capabilities(session);
    return true;
}

static bool read_challenge(ImapSession *session, ImapReading *reading, GError **error)
{
    if (!imap_outbox_challenge(session->outbox))
        return imap_reading_refuse(reading, "a continuation that nothing waits for", error);
    imap_lexer_expect(&reading->lexer, '+');
    imap_lexer_accept(&reading->lexer, ' ');
    ImapData text = {.bytes = reading->lexer.at, .length = (size_t)(reading->lexer.end - reading->lexer.at)};
    if (!imap_base64_decode(text, &session->challenge))
        return imap_reading_refuse(reading, "a challenge that is not base64", error);
    reading->event->kind = IMAP_EVENT_CONTINUATION;
    reading->event->challenge = (ImapData){.bytes = session->challenge.data, .length = session->challenge.length};
    return true;
}

static bool read_continuation(ImapSession *session, ImapReading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_OTHER;
    return imap_outbox_continue(session->outbox) || read_challenge(session, reading, error);
}

/* What a command that ended well changes for the connection. */
static void note_success(ImapSession *session, ImapCommandKind kind)
{
    bool login = kind == IMAP_COMMAND_LOGIN || kind == IMAP_COMMAND_AUTHENTICATE;
    if (login)
        session->authenticated = true;
    if (login || kind == IMAP_COMMAND_STARTTLS)
        imap_session_forget_capabilities(session);
    if (kind != IMAP_COMMAND_STARTTLS) /* what came with its OK came in plaintext */
        adopt_capabilities(session);
}

static bool read_tagged(ImapSession *session, ImapReading *reading, GError **error)
{
    ImapOutcome outcome = IMAP_BAD;
    ImapCommandKind kind = IMAP_COMMAND_ORDINARY;
    ImapEvent *event = reading->event;
    ImapData tag = imap_lexer_word(&reading->lexer);
    imap_lexer_expect(&reading->lexer, ' ');
    bool is_condition = imap_response_outcome(imap_lexer_word(&reading->lexer), &outcome) && outcome != IMAP_PREAUTH;
    if (!is_condition || !imap_outbox_finish(session->outbox, tag, &event->command, &kind))
        return imap_reading_refuse(reading, "an answer to no command", error);
    if (kind == IMAP_COMMAND_ENABLE)
        session->enabling = false;
    event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_TAGGED;
    event->condition = take_condition(session, outcome, &reading->lexer);
    if (outcome == IMAP_OK)
        note_success(session, kind);
    return true;
}

static bool read_untagged_condition(ImapSession *session, ImapOutcome outcome, ImapReading *reading, GError **error)
{
    if (outcome == IMAP_PREAUTH)
        return imap_reading_refuse(reading, "a greeting in the middle", error);
    reading->event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_CONDITION;
    reading->event->condition = take_condition(session, outcome, &reading->lexer);
    adopt_capabilities(session);
    return true;
}

static bool read_untagged(ImapSession *session, ImapReading *reading, GError **error)
{
    ImapOutcome outcome;
    imap_lexer_expect(&reading->lexer, '*');
    imap_lexer_expect(&reading->lexer, ' ');
    if (g_ascii_isdigit((char)imap_lexer_peek(&reading->lexer)))
        return imap_reading_numbered(session, reading, error);
    ImapData word = imap_lexer_word(&reading->lexer);
    return imap_response_outcome(word, &outcome) ? read_untagged_condition(session, outcome, reading, error)
                                                 : imap_reading_data(session, reading, word, error);
}

bool imap_reading_response(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    ImapReading reading = {.part = part, .lexer = imap_lexer_of(part->bytes, part->length), .event = event};
    if (!session->greeted)
        return read_greeting(session, &reading, error);
    switch (imap_lexer_peek(&reading.lexer)) {
    case '+':
        return read_continuation(session, &reading, error);
    case '*':
        return read_untagged(session, &reading, error);
    default:
        return read_tagged(session, &reading, error);
    }
}
