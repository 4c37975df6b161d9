#include "imap_session.h"

#include <string.h>

#include "error.h"
#include "imap_base64.h"
#include "imap_capability.h"
#include "imap_outbox.h"
#include "imap_splitter.h"
#include "text.h"

#define LITERAL_MINUS_BYTES 4096 /* RFC 7888 section 5 */
#define EXCERPT_BYTES 80         /* how much of a response an error shows */

/* A BODY[] that came as a quoted string is told by the same events as a literal. */
typedef enum { BODY_TOLD, BODY_TO_BEGIN, BODY_TO_GIVE, BODY_TO_END, FETCH_TO_GIVE } QuotedBodyStep;

struct ImapSession {
    ImapSplitter *splitter;
    ImapOutbox *outbox;
    GError *death;
    bool greeted;
    bool authenticated;
    char *capabilities; /* as imap_capability.h has them; NULL: not known */
    /* What the pointers of the last event point into. */
    ImapResponseText response_text;
    GString *keywords;
    WipedBytes challenge;
    /* A FETCH whose quoted body is being told. */
    QuotedBodyStep step;
    ImapFetch fetch;
    ImapData body;
};

ImapSession *imap_session_new(const char *tag_prefix)
{
    ImapSession *session = g_new0(ImapSession, 1);
    session->splitter = imap_splitter_new();
    session->outbox = imap_outbox_new(tag_prefix);
    session->keywords = g_string_new(NULL);
    return session;
}

void imap_session_free(ImapSession *session)
{
    if (!session)
        return;
    imap_splitter_free(session->splitter);
    imap_outbox_free(session->outbox);
    g_clear_error(&session->death);
    g_free(session->capabilities);
    imap_response_text_clear(&session->response_text);
    g_string_free(session->keywords, TRUE);
    wiped_bytes_clear(&session->challenge);
    g_free(session);
}

void imap_session_feed(ImapSession *session, const void *data, size_t length)
{
    imap_splitter_feed(session->splitter, data, length);
}

size_t imap_session_buffered_bytes(const ImapSession *session)
{
    return imap_splitter_buffered(session->splitter);
}

static void set_capabilities(ImapSession *session, char *capabilities)
{
    g_free(session->capabilities);
    session->capabilities = capabilities;
}

bool imap_session_knows_capabilities(const ImapSession *session)
{
    return session->capabilities != NULL;
}

bool imap_session_has_capability(const ImapSession *session, const char *name)
{
    return imap_capability_has(session->capabilities, name);
}

void imap_session_forget_capabilities(ImapSession *session)
{
    set_capabilities(session, NULL);
}

char *imap_session_mechanisms(const ImapSession *session)
{
    return imap_capability_mechanisms(session->capabilities);
}

uint32_t imap_session_send(ImapSession *session, ImapCommand *command)
{
    return imap_outbox_add(session->outbox, command);
}

unsigned imap_session_commands_open(const ImapSession *session)
{
    return imap_outbox_open(session->outbox);
}

void imap_session_answer(ImapSession *session, const void *data, size_t length)
{
    imap_outbox_answer(session->outbox, length > 0 ? data : "", length);
}

void imap_session_answer_cancel(ImapSession *session)
{
    imap_outbox_answer(session->outbox, NULL, 0);
}

/* Before the login nobody vouches for what a server takes, so a password never goes unasked. */
static size_t unasked_literal(const ImapSession *session)
{
    if (!session->authenticated)
        return 0;
    if (imap_session_has_capability(session, "LITERAL+"))
        return SIZE_MAX;
    return imap_session_has_capability(session, "LITERAL-") ? LITERAL_MINUS_BYTES : 0;
}

void imap_session_output(ImapSession *session, const uint8_t **data, size_t *length)
{
    imap_outbox_advance(session->outbox, unasked_literal(session));
    ImapData output = imap_outbox_output(session->outbox);
    *data = output.bytes;
    *length = output.length;
}

void imap_session_sent(ImapSession *session, size_t length)
{
    imap_outbox_sent(session->outbox, length);
}

static ImapLexer lexer_of(const ImapPart *part)
{
    return imap_lexer_of(part->bytes, part->length);
}

static bool refuse(const ImapPart *part, const char *why, GError **error)
{
    g_autofree char *excerpt = text_escape((const char *)part->bytes, MIN(part->length, EXCERPT_BYTES));
    return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent %s: %s", why, excerpt);
}

/* Whether the parser that used the lexer understood the response. */
static bool check_understood(const ImapLexer *lexer, const ImapPart *part, GError **error)
{
    if (lexer->too_much)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server sent a response with more in it than is allowed");
    return lexer->failed ? refuse(part, "a response that cannot be understood", error) : true;
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
        set_capabilities(session, g_steal_pointer(&session->response_text.capabilities));
}

static bool read_greeting(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    ImapLexer lexer = lexer_of(part);
    ImapOutcome outcome = IMAP_BAD;
    bool is_condition = imap_lexer_accept(&lexer, '*') && imap_lexer_accept(&lexer, ' ') &&
                        imap_response_outcome(imap_lexer_word(&lexer), &outcome);
    if (!is_condition || outcome == IMAP_NO || outcome == IMAP_BAD)
        return refuse(part, "something else than an IMAP greeting", error);
    session->greeted = true;
    session->authenticated = outcome == IMAP_PREAUTH;
    event->kind = IMAP_EVENT_GREETING;
    event->condition = take_condition(session, outcome, &lexer);
    adopt_capabilities(session);
    return true;
}

static bool read_continuation(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    if (imap_outbox_continue(session->outbox)) {
        event->kind = IMAP_EVENT_OTHER;
        return true;
    }
    if (!imap_outbox_challenge(session->outbox))
        return refuse(part, "a continuation that nothing waits for", error);
    size_t skipped = part->length > 1 && part->bytes[1] == ' ' ? 2 : 1;
    ImapData text = {.bytes = part->bytes + skipped, .length = part->length - skipped};
    if (!imap_base64_decode(text, &session->challenge))
        return refuse(part, "a challenge that is not base64", error);
    event->kind = IMAP_EVENT_CONTINUATION;
    event->challenge = (ImapData){.bytes = session->challenge.data, .length = session->challenge.length};
    return true;
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

static bool read_tagged(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    ImapLexer lexer = lexer_of(part);
    ImapOutcome outcome = IMAP_BAD;
    ImapCommandKind kind = IMAP_COMMAND_ORDINARY;
    ImapData tag = imap_lexer_word(&lexer);
    imap_lexer_expect(&lexer, ' ');
    bool is_condition = imap_response_outcome(imap_lexer_word(&lexer), &outcome) && outcome != IMAP_PREAUTH;
    if (!is_condition || !imap_outbox_finish(session->outbox, tag, &event->command, &kind))
        return refuse(part, "an answer to no command", error);
    event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_TAGGED;
    event->condition = take_condition(session, outcome, &lexer);
    if (outcome == IMAP_OK)
        note_success(session, kind);
    return true;
}

static bool read_untagged_condition(ImapSession *session, ImapOutcome outcome, ImapLexer *lexer, const ImapPart *part,
                                    ImapEvent *event, GError **error)
{
    if (outcome == IMAP_PREAUTH)
        return refuse(part, "a greeting in the middle", error);
    event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_CONDITION;
    event->condition = take_condition(session, outcome, lexer);
    adopt_capabilities(session);
    return true;
}

/* Mailbox data before the login can only be somebody's on the way who wants it believed after the login. */
static bool check_authenticated(const ImapSession *session, GError **error)
{
    if (!session->authenticated)
        return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent mailbox data before the login");
    return true;
}

static bool check_data(const ImapSession *session, const ImapLexer *lexer, const ImapPart *part, GError **error)
{
    return check_understood(lexer, part, error) && check_authenticated(session, error);
}

/* The next step of telling a quoted body and the FETCH behind it. */
static void tell_quoted_body(ImapSession *session, ImapEvent *event)
{
    if (session->step == BODY_TO_GIVE && session->body.length == 0)
        session->step = BODY_TO_END;
    switch (session->step) {
    case BODY_TO_BEGIN:
        event->kind = IMAP_EVENT_BODY_BEGIN;
        event->body_size = session->body.length;
        session->step = BODY_TO_GIVE;
        break;
    case BODY_TO_GIVE:
        event->kind = IMAP_EVENT_BODY_DATA;
        event->data = session->body;
        session->step = BODY_TO_END;
        break;
    case BODY_TO_END:
        event->kind = IMAP_EVENT_BODY_END;
        session->step = FETCH_TO_GIVE;
        break;
    case FETCH_TO_GIVE:
    case BODY_TOLD:
        event->kind = IMAP_EVENT_FETCH;
        event->fetch = session->fetch;
        session->step = BODY_TOLD;
        break;
    }
}

static bool read_fetch(ImapSession *session, uint32_t sequence, ImapLexer *lexer, const ImapPart *part,
                       ImapEvent *event, GError **error)
{
    session->fetch = (ImapFetch){.sequence = sequence};
    imap_fetch_parse(lexer, session->keywords, &session->fetch, &session->body);
    if (!check_data(session, lexer, part, error))
        return false;
    bool given = session->fetch.body == IMAP_BODY_GIVEN;
    if (part->body_told && (!given || session->body.length > 0))
        return refuse(part, "a message body in a place where none belongs", error);
    if (part->body_told)
        session->fetch.body_size = part->body_size;
    else if (given)
        session->step = BODY_TO_BEGIN;
    tell_quoted_body(session, event);
    return true;
}

static bool read_numbered(ImapSession *session, ImapLexer *lexer, const ImapPart *part, ImapEvent *event,
                          GError **error)
{
    uint32_t number = imap_lexer_number32(lexer);
    imap_lexer_expect(lexer, ' ');
    ImapData word = imap_lexer_word(lexer);
    event->kind = IMAP_EVENT_OTHER;
    if (imap_data_is(word, "FETCH")) {
        imap_lexer_expect(lexer, ' ');
        return read_fetch(session, number, lexer, part, event, error);
    }
    if (imap_data_is(word, "EXISTS"))
        event->kind = IMAP_EVENT_EXISTS;
    else if (imap_data_is(word, "EXPUNGE"))
        event->kind = IMAP_EVENT_EXPUNGE;
    event->number = number;
    return event->kind == IMAP_EVENT_OTHER ? check_understood(lexer, part, error)
                                           : check_data(session, lexer, part, error);
}

static bool read_named(ImapSession *session, ImapData word, ImapLexer *lexer, const ImapPart *part, ImapEvent *event,
                       GError **error)
{
    if (imap_data_is(word, "CAPABILITY")) {
        event->kind = IMAP_EVENT_CAPABILITY;
        set_capabilities(session, imap_capability_parse(lexer));
        return check_understood(lexer, part, error);
    }
    bool list = imap_data_is(word, "LIST");
    if (!list && !imap_data_is(word, "STATUS")) {
        event->kind = IMAP_EVENT_OTHER;
        return true;
    }
    imap_lexer_expect(lexer, ' ');
    event->kind = list ? IMAP_EVENT_LIST : IMAP_EVENT_STATUS;
    if (list)
        imap_list_parse(lexer, &event->list);
    else
        imap_status_parse(lexer, &event->status);
    return check_data(session, lexer, part, error);
}

static bool read_untagged(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    ImapLexer lexer = lexer_of(part);
    ImapOutcome outcome;
    imap_lexer_expect(&lexer, '*');
    imap_lexer_expect(&lexer, ' ');
    if (g_ascii_isdigit((char)imap_lexer_peek(&lexer)))
        return read_numbered(session, &lexer, part, event, error);
    ImapData word = imap_lexer_word(&lexer);
    if (lexer.failed)
        return check_understood(&lexer, part, error);
    if (imap_response_outcome(word, &outcome))
        return read_untagged_condition(session, outcome, &lexer, part, event, error);
    return read_named(session, word, &lexer, part, event, error);
}

static bool read_response(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    if (!session->greeted)
        return read_greeting(session, part, event, error);
    if (part->length > 0 && part->bytes[0] == '+')
        return read_continuation(session, part, event, error);
    if (part->length > 0 && part->bytes[0] == '*')
        return read_untagged(session, part, event, error);
    return read_tagged(session, part, event, error);
}

static bool read_part(ImapSession *session, ImapEvent *event, GError **error)
{
    ImapPart part;
    if (!imap_splitter_next(session->splitter, &part, error))
        return false;
    switch (part.kind) {
    case IMAP_PART_NEED_MORE:
        event->kind = IMAP_EVENT_NEED_MORE;
        return true;
    case IMAP_PART_BODY_BEGIN:
        event->kind = IMAP_EVENT_BODY_BEGIN;
        event->body_size = part.body_size;
        return check_authenticated(session, error);
    case IMAP_PART_BODY_DATA:
        event->kind = IMAP_EVENT_BODY_DATA;
        event->data = (ImapData){.bytes = part.bytes, .length = part.length};
        return true;
    case IMAP_PART_BODY_END:
        event->kind = IMAP_EVENT_BODY_END;
        return true;
    case IMAP_PART_RESPONSE:
        return read_response(session, &part, event, error);
    }
    g_assert_not_reached();
}

bool imap_session_next(ImapSession *session, ImapEvent *event, GError **error)
{
    *event = (ImapEvent){.kind = IMAP_EVENT_NEED_MORE};
    imap_response_text_clear(&session->response_text);
    wiped_bytes_clear(&session->challenge);
    if (!session->death && session->step != BODY_TOLD)
        tell_quoted_body(session, event);
    else if (!session->death)
        read_part(session, event, &session->death);
    if (session->death && error)
        *error = g_error_copy(session->death);
    return !session->death;
}
