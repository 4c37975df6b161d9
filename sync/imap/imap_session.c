#include "imap_session.h"

#include <string.h>

#include "error.h"
#include "imap_base64.h"
#include "imap_capability.h"
#include "imap_command_parts.h"
#include "imap_outbox.h"
#include "imap_splitter.h"
#include "mailbox_name.h"
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

ImapSession *imap_session_new(const char *tag_prefix)
{
    ImapSession *session = g_new0(ImapSession, 1);
    session->splitter = imap_splitter_new();
    session->outbox = imap_outbox_new(tag_prefix);
    session->keywords = g_string_new(NULL);
    session->names = g_ptr_array_new_with_free_func(g_free);
    session->ranges = g_array_new(FALSE, FALSE, sizeof(ImapUidRange));
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
    g_array_unref(session->ranges);
    g_ptr_array_unref(session->names);
    g_free(session->broken_text);
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

GBytes *imap_session_take_back(ImapSession *session)
{
    return imap_splitter_take_back(session->splitter);
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

static bool speaks_utf8(const ImapSession *session)
{
    return session->utf8_enabled ||
           (imap_session_has_capability(session, "IMAP4rev2") && !imap_session_has_capability(session, "IMAP4rev1"));
}

bool imap_session_wire_name(const ImapSession *session, const uint8_t *name, size_t length, GBytes **wire)
{
    *wire = NULL;
    if (session->enabling)
        return false;
    char *text = speaks_utf8(session) ? mailbox_name_decode(name, length) : NULL;
    *wire = text ? g_bytes_new_take(text, strlen(text)) : g_bytes_new(name, length);
    return true;
}

uint32_t imap_session_send(ImapSession *session, ImapCommand *command)
{
    session->enabling |= command->kind == IMAP_COMMAND_ENABLE;
    return imap_outbox_add(session->outbox, command);
}

unsigned imap_session_commands_open(const ImapSession *session)
{
    return imap_outbox_open(session->outbox);
}

void imap_session_answer(ImapSession *session, const void *data, size_t length)
{
    imap_outbox_answer(session->outbox, data, length);
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
    if (imap_outbox_may_advance(session->outbox))
        imap_outbox_advance(session->outbox, unasked_literal(session));
    ImapData output = imap_outbox_output(session->outbox);
    *data = output.bytes;
    *length = output.length;
}

void imap_session_sent(ImapSession *session, size_t length)
{
    imap_outbox_sent(session->outbox, length);
}

/* A complete response on its way to becoming an event. */
typedef struct {
    const ImapPart *part;
    ImapLexer lexer; /* over the part's bytes */
    ImapEvent *event;
} Reading;

/* How a response begins, for people. Caller frees. */
static char *excerpt_of(const ImapPart *part)
{
    return text_escape((const char *)part->bytes, MIN(part->length, EXCERPT_BYTES));
}

static bool refuse(const Reading *reading, const char *why, GError **error)
{
    g_autofree char *excerpt = excerpt_of(reading->part);
    return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent %s: %s", why, excerpt);
}

/* Whether the parsers that used the lexer understood the response. */
static bool check_understood(const Reading *reading, GError **error)
{
    if (reading->lexer.too_much)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server sent a response with more in it than is allowed");
    return reading->lexer.failed ? refuse(reading, "a response that cannot be understood", error) : true;
}

/* Mailbox data before the login can only be somebody's on the way who wants it believed after the login. */
static bool check_authenticated(const ImapSession *session, GError **error)
{
    if (!session->authenticated)
        return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent mailbox data before the login");
    return true;
}

/* After a body nothing is passed over: when its length was wrong, what follows may be somebody's mail. */
static bool check_data(ImapSession *session, const Reading *reading, GError **error)
{
    if (!check_authenticated(session, error))
        return false;
    if (!reading->lexer.failed)
        return true;
    if (reading->part->body_told)
        return check_understood(reading, error);
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
        set_capabilities(session, g_steal_pointer(&session->response_text.capabilities));
}

static bool read_greeting(ImapSession *session, Reading *reading, GError **error)
{
    ImapLexer *lexer = &reading->lexer;
    ImapOutcome outcome = IMAP_BAD;
    bool is_condition = imap_lexer_accept(lexer, '*') && imap_lexer_accept(lexer, ' ') &&
                        imap_response_outcome(imap_lexer_word(lexer), &outcome);
    if (!is_condition || outcome == IMAP_NO || outcome == IMAP_BAD)
        return refuse(reading, "something else than an IMAP greeting", error);
    session->greeted = true;
    session->authenticated = outcome == IMAP_PREAUTH;
    reading->event->kind = IMAP_EVENT_GREETING;
    reading->event->condition = take_condition(session, outcome, lexer);
    adopt_capabilities(session);
    return true;
}

static bool read_challenge(ImapSession *session, Reading *reading, GError **error)
{
    if (!imap_outbox_challenge(session->outbox))
        return refuse(reading, "a continuation that nothing waits for", error);
    imap_lexer_expect(&reading->lexer, '+');
    imap_lexer_accept(&reading->lexer, ' ');
    ImapData text = {.bytes = reading->lexer.at, .length = (size_t)(reading->lexer.end - reading->lexer.at)};
    if (!imap_base64_decode(text, &session->challenge))
        return refuse(reading, "a challenge that is not base64", error);
    reading->event->kind = IMAP_EVENT_CONTINUATION;
    reading->event->challenge = (ImapData){.bytes = session->challenge.data, .length = session->challenge.length};
    return true;
}

static bool read_continuation(ImapSession *session, Reading *reading, GError **error)
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

static bool read_tagged(ImapSession *session, Reading *reading, GError **error)
{
    ImapOutcome outcome = IMAP_BAD;
    ImapCommandKind kind = IMAP_COMMAND_ORDINARY;
    ImapEvent *event = reading->event;
    ImapData tag = imap_lexer_word(&reading->lexer);
    imap_lexer_expect(&reading->lexer, ' ');
    bool is_condition = imap_response_outcome(imap_lexer_word(&reading->lexer), &outcome) && outcome != IMAP_PREAUTH;
    if (!is_condition || !imap_outbox_finish(session->outbox, tag, &event->command, &kind))
        return refuse(reading, "an answer to no command", error);
    if (kind == IMAP_COMMAND_ENABLE)
        session->enabling = false;
    event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_TAGGED;
    event->condition = take_condition(session, outcome, &reading->lexer);
    if (outcome == IMAP_OK)
        note_success(session, kind);
    return true;
}

static bool read_untagged_condition(ImapSession *session, ImapOutcome outcome, Reading *reading, GError **error)
{
    if (outcome == IMAP_PREAUTH)
        return refuse(reading, "a greeting in the middle", error);
    reading->event->kind = outcome == IMAP_BYE ? IMAP_EVENT_BYE : IMAP_EVENT_CONDITION;
    reading->event->condition = take_condition(session, outcome, &reading->lexer);
    adopt_capabilities(session);
    return true;
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

/* `fetch` has what stood before the word FETCH. */
static bool read_fetch(ImapSession *session, ImapFetch fetch, Reading *reading, GError **error)
{
    const ImapPart *part = reading->part;
    reading->event->kind = IMAP_EVENT_FETCH;
    session->fetch = fetch;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_fetch_parse(&reading->lexer, session->keywords, &session->fetch, &session->body);
    if (!check_data(session, reading, error))
        return false;
    if (reading->lexer.failed)
        return true;
    bool given = session->fetch.body == IMAP_BODY_GIVEN;
    if (part->body_told && (!given || session->body.length > 0))
        return refuse(reading, "a message body in a place where none belongs", error);
    if (part->body_told)
        session->fetch.body_size = part->body_size;
    else if (given)
        session->step = BODY_TO_BEGIN;
    tell_quoted_body(session, reading->event);
    return true;
}

/* "* 5 EXISTS" and its like. */
static bool read_numbered(ImapSession *session, Reading *reading, GError **error)
{
    uint32_t number = imap_lexer_number32(&reading->lexer);
    imap_lexer_expect(&reading->lexer, ' ');
    ImapData word = imap_lexer_word(&reading->lexer);
    if (imap_data_is(word, "FETCH"))
        return read_fetch(session, (ImapFetch){.sequence = number}, reading, error);
    if (imap_data_is(word, "UIDFETCH"))
        return read_fetch(session, (ImapFetch){.uid = number}, reading, error);
    reading->event->number = number;
    if (imap_data_is(word, "EXISTS"))
        reading->event->kind = IMAP_EVENT_EXISTS;
    else if (imap_data_is(word, "EXPUNGE"))
        reading->event->kind = IMAP_EVENT_EXPUNGE;
    else
        reading->event->kind = IMAP_EVENT_OTHER;
    return check_data(session, reading, error);
}

static bool read_capability(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_CAPABILITY;
    set_capabilities(session, imap_capability_parse(&reading->lexer));
    return check_understood(reading, error);
}

/* The name in modified UTF-7, where the server told it in UTF-8. */
static ImapData canonical_name(ImapSession *session, ImapData told)
{
    const char *text = (const char *)told.bytes;
    if (!speaks_utf8(session) || told.length == 0 || !g_utf8_validate_len(text, told.length, NULL))
        return told;
    g_autofree char *copy = g_strndup(text, told.length);
    char *name = mailbox_name_encode(copy);
    g_ptr_array_add(session->names, name);
    return (ImapData){.bytes = (const uint8_t *)name, .length = strlen(name)};
}

static bool read_list(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_LIST;
    imap_lexer_expect(&reading->lexer, ' ');
    ImapList *list = &reading->event->list;
    imap_list_parse(&reading->lexer, list);
    ImapData name = canonical_name(session, (ImapData){.bytes = list->name, .length = list->name_length});
    list->name = name.bytes;
    list->name_length = name.length;
    return check_data(session, reading, error);
}

static bool read_namespace(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_NAMESPACE;
    reading->event->namespaces = &session->namespaces;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_namespaces_parse(&reading->lexer, &session->namespaces);
    for (unsigned i = 0; i < session->namespaces.count; i++)
        session->namespaces.all[i].prefix = canonical_name(session, session->namespaces.all[i].prefix);
    return check_data(session, reading, error);
}

static bool read_status(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_STATUS;
    imap_lexer_expect(&reading->lexer, ' ');
    ImapStatus *status = &reading->event->status;
    imap_status_parse(&reading->lexer, status);
    ImapData name = canonical_name(session, (ImapData){.bytes = status->name, .length = status->name_length});
    status->name = name.bytes;
    status->name_length = name.length;
    return check_data(session, reading, error);
}

static bool read_id(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_ID;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_id_parse(&reading->lexer, &reading->event->id);
    return check_data(session, reading, error);
}

static bool read_quota(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_QUOTA;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_quota_parse(&reading->lexer, &reading->event->quota);
    return check_data(session, reading, error);
}

/* What a server enables unasked changes nothing. */
static bool read_enabled(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_OTHER;
    g_autofree char *enabled = imap_capability_parse(&reading->lexer);
    session->utf8_enabled |= session->enabling && imap_capability_has(enabled, "UTF8=ACCEPT");
    return check_data(session, reading, error);
}

static bool read_search(ImapSession *session, Reading *reading, bool extended, GError **error)
{
    reading->event->kind = IMAP_EVENT_SEARCH;
    if (extended)
        imap_esearch_parse(&reading->lexer, session->ranges);
    else
        imap_search_parse(&reading->lexer, session->ranges);
    reading->event->search = imap_uid_ranges_of(session->ranges);
    return check_data(session, reading, error);
}

static bool read_vanished(ImapSession *session, Reading *reading, GError **error)
{
    reading->event->kind = IMAP_EVENT_VANISHED;
    imap_vanished_parse(&reading->lexer, session->ranges, &reading->event->vanished);
    return check_data(session, reading, error);
}

static bool read_untagged(ImapSession *session, Reading *reading, GError **error)
{
    ImapOutcome outcome;
    imap_lexer_expect(&reading->lexer, '*');
    imap_lexer_expect(&reading->lexer, ' ');
    if (g_ascii_isdigit((char)imap_lexer_peek(&reading->lexer)))
        return read_numbered(session, reading, error);
    ImapData word = imap_lexer_word(&reading->lexer);
    if (imap_response_outcome(word, &outcome))
        return read_untagged_condition(session, outcome, reading, error);
    if (imap_data_is(word, "CAPABILITY"))
        return read_capability(session, reading, error);
    if (imap_data_is(word, "LIST"))
        return read_list(session, reading, error);
    if (imap_data_is(word, "NAMESPACE"))
        return read_namespace(session, reading, error);
    if (imap_data_is(word, "STATUS"))
        return read_status(session, reading, error);
    if (imap_data_is(word, "ID"))
        return read_id(session, reading, error);
    if (imap_data_is(word, "QUOTA"))
        return read_quota(session, reading, error);
    if (imap_data_is(word, "ENABLED"))
        return read_enabled(session, reading, error);
    if (imap_data_is(word, "SEARCH") || imap_data_is(word, "ESEARCH"))
        return read_search(session, reading, imap_data_is(word, "ESEARCH"), error);
    if (imap_data_is(word, "VANISHED"))
        return read_vanished(session, reading, error);
    reading->event->kind = IMAP_EVENT_OTHER;
    return session->authenticated ? check_data(session, reading, error) : check_understood(reading, error);
}

static bool read_response(ImapSession *session, const ImapPart *part, ImapEvent *event, GError **error)
{
    Reading reading = {.part = part, .lexer = imap_lexer_of(part->bytes, part->length), .event = event};
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
    g_clear_pointer(&session->broken_text, g_free);
    g_ptr_array_set_size(session->names, 0);
    if (!session->death && session->step != BODY_TOLD)
        tell_quoted_body(session, event);
    else if (!session->death)
        read_part(session, event, &session->death);
    if (session->death && error)
        *error = g_error_copy(session->death);
    return !session->death;
}
