#include "imap_reading.h"

#include <string.h>

#include "imap_capability.h"
#include "mailbox_name.h"

/* `fetch` has what stood before the word FETCH. */
static bool read_fetch(ImapSession *session, ImapFetch fetch, ImapReading *reading, GError **error)
{
    const ImapPart *part = reading->part;
    reading->event->kind = IMAP_EVENT_FETCH;
    session->fetch = fetch;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_fetch_parse(&reading->lexer, session->keywords, &session->fetch, &session->body);
    if (!imap_reading_check_data(session, reading, error))
        return false;
    if (reading->lexer.failed)
        return true;
    bool given = session->fetch.body == IMAP_BODY_GIVEN;
    if (part->body_told && (!given || session->body.length > 0))
        return imap_reading_refuse(reading, "a message body in a place where none belongs", error);
    if (part->body_told)
        session->fetch.body_size = part->body_size;
    else if (given)
        session->step = BODY_TO_BEGIN;
    imap_session_tell_quoted_body(session, reading->event);
    return true;
}

/* "* 5 EXISTS" and its like. */
bool imap_reading_numbered(ImapSession *session, ImapReading *reading, GError **error)
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
    return imap_reading_check_data(session, reading, error);
}

/* The name in modified UTF-7, where the server told it in UTF-8. */
static ImapData canonical_name(ImapSession *session, ImapData told)
{
    const char *text = (const char *)told.bytes;
    if (!imap_session_speaks_utf8(session) || told.length == 0 || !g_utf8_validate_len(text, told.length, NULL))
        return told;
    g_autofree char *copy = g_strndup(text, told.length);
    char *name = mailbox_name_encode(copy);
    g_ptr_array_add(session->names, name);
    return (ImapData){.bytes = (const uint8_t *)name, .length = strlen(name)};
}

static void canonical_name_of(ImapSession *session, const uint8_t **name, size_t *length)
{
    ImapData canonical = canonical_name(session, (ImapData){.bytes = *name, .length = *length});
    *name = canonical.bytes;
    *length = canonical.length;
}

static void take_capability(ImapSession *session, ImapReading *reading)
{
    imap_session_set_capabilities(session, imap_capability_parse(&reading->lexer));
}

static void take_list(ImapSession *session, ImapReading *reading)
{
    ImapList *list = &reading->event->list;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_list_parse(&reading->lexer, list);
    canonical_name_of(session, &list->name, &list->name_length);
}

static void take_namespace(ImapSession *session, ImapReading *reading)
{
    reading->event->namespaces = &session->namespaces;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_namespaces_parse(&reading->lexer, &session->namespaces);
    for (unsigned i = 0; i < session->namespaces.count; i++)
        session->namespaces.all[i].prefix = canonical_name(session, session->namespaces.all[i].prefix);
}

static void take_status(ImapSession *session, ImapReading *reading)
{
    ImapStatus *status = &reading->event->status;
    imap_lexer_expect(&reading->lexer, ' ');
    imap_status_parse(&reading->lexer, status);
    canonical_name_of(session, &status->name, &status->name_length);
}

static void take_id(ImapSession *session G_GNUC_UNUSED, ImapReading *reading)
{
    imap_lexer_expect(&reading->lexer, ' ');
    imap_id_parse(&reading->lexer, &reading->event->id);
}

static void take_quota(ImapSession *session G_GNUC_UNUSED, ImapReading *reading)
{
    imap_lexer_expect(&reading->lexer, ' ');
    imap_quota_parse(&reading->lexer, &reading->event->quota);
}

/* What a server enables unasked changes nothing. */
static void take_enabled(ImapSession *session, ImapReading *reading)
{
    g_autofree char *enabled = imap_capability_parse(&reading->lexer);
    session->utf8_enabled |= session->enabling && imap_capability_has(enabled, "UTF8=ACCEPT");
}

static void take_search(ImapSession *session, ImapReading *reading)
{
    imap_search_parse(&reading->lexer, session->ranges);
    reading->event->search = imap_uid_ranges_of(session->ranges);
}

static void take_esearch(ImapSession *session, ImapReading *reading)
{
    imap_esearch_parse(&reading->lexer, session->ranges);
    reading->event->search = imap_uid_ranges_of(session->ranges);
}

static void take_vanished(ImapSession *session, ImapReading *reading)
{
    imap_vanished_parse(&reading->lexer, session->ranges, &reading->event->vanished);
}

typedef struct {
    const char *word;
    ImapEventKind kind;
    void (*take)(ImapSession *session, ImapReading *reading);
} DataKind;

static const DataKind data_kinds[] = {
    {"CAPABILITY", IMAP_EVENT_CAPABILITY, take_capability},
    {"LIST", IMAP_EVENT_LIST, take_list},
    {"NAMESPACE", IMAP_EVENT_NAMESPACE, take_namespace},
    {"STATUS", IMAP_EVENT_STATUS, take_status},
    {"ID", IMAP_EVENT_ID, take_id},
    {"QUOTA", IMAP_EVENT_QUOTA, take_quota},
    {"ENABLED", IMAP_EVENT_OTHER, take_enabled},
    {"SEARCH", IMAP_EVENT_SEARCH, take_search},
    {"ESEARCH", IMAP_EVENT_SEARCH, take_esearch},
    {"VANISHED", IMAP_EVENT_VANISHED, take_vanished},
};

static const DataKind *find_kind(ImapData word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(data_kinds); i++)
        if (imap_data_is(word, data_kinds[i].word))
            return &data_kinds[i];
    return NULL;
}

bool imap_reading_data(ImapSession *session, ImapReading *reading, ImapData word, GError **error)
{
    const DataKind *kind = find_kind(word);
    reading->event->kind = kind ? kind->kind : IMAP_EVENT_OTHER;
    if (kind)
        kind->take(session, reading);
    bool is_before_login = kind ? kind->kind == IMAP_EVENT_CAPABILITY : !session->authenticated;
    return is_before_login ? imap_reading_check_understood(reading, error)
                           : imap_reading_check_data(session, reading, error);
}
