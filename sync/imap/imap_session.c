#include "imap_session.h"

#include <string.h>

#include "imap_capability.h"
#include "imap_command_parts.h"
#include "imap_reading.h"
#include "mailbox_name.h"

#define LITERAL_MINUS_BYTES 4096 /* RFC 7888 section 5 */

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

void imap_session_set_capabilities(ImapSession *session, char *capabilities)
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
    imap_session_set_capabilities(session, NULL);
}

char *imap_session_mechanisms(const ImapSession *session)
{
    return imap_capability_mechanisms(session->capabilities);
}

bool imap_session_speaks_utf8(const ImapSession *session)
{
    return session->utf8_enabled ||
           (imap_session_has_capability(session, "IMAP4rev2") && !imap_session_has_capability(session, "IMAP4rev1"));
}

bool imap_session_wire_name(const ImapSession *session, const uint8_t *name, size_t length, GBytes **wire)
{
    *wire = NULL;
    if (session->enabling)
        return false;
    char *text = imap_session_speaks_utf8(session) ? mailbox_name_decode(name, length) : NULL;
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

void imap_session_tell_quoted_body(ImapSession *session, ImapEvent *event)
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
        return imap_reading_check_authenticated(session, error);
    case IMAP_PART_BODY_DATA:
        event->kind = IMAP_EVENT_BODY_DATA;
        event->data = (ImapData){.bytes = part.bytes, .length = part.length};
        return true;
    case IMAP_PART_BODY_END:
        event->kind = IMAP_EVENT_BODY_END;
        return true;
    case IMAP_PART_RESPONSE:
        return imap_reading_response(session, &part, event, error);
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
        imap_session_tell_quoted_body(session, event);
    else if (!session->death)
        read_part(session, event, &session->death);
    if (session->death && error)
        *error = g_error_copy(session->death);
    return !session->death;
}
