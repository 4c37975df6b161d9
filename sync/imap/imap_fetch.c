#include "imap_fetch.h"

#include <string.h>

#include "imap_date.h"
#include "imap_flags.h"

/* The scratch that one response needs. */
typedef struct {
    ImapLexer *lexer;
    GString *keywords;
    ImapFetch *fetch;
    ImapData *body;
} FetchReader;

static void take_uid(FetchReader *reader)
{
    reader->fetch->uid = imap_lexer_number32(reader->lexer);
}

static void take_flags(FetchReader *reader)
{
    reader->fetch->has_flags = true;
    reader->fetch->flags = imap_flags_parse(reader->lexer, reader->keywords);
}

static void take_internaldate(FetchReader *reader)
{
    ImapData text;
    imap_lexer_nstring(reader->lexer, &text);
    reader->fetch->has_internaldate = imap_date_parse(text, &reader->fetch->internaldate);
}

static void take_size(FetchReader *reader)
{
    reader->fetch->has_size = true;
    reader->fetch->size = imap_lexer_number(reader->lexer);
}

static void take_modseq(FetchReader *reader)
{
    imap_lexer_expect(reader->lexer, '(');
    reader->fetch->modseq = imap_lexer_number(reader->lexer);
    imap_lexer_expect(reader->lexer, ')');
}

static void take_body(FetchReader *reader)
{
    if (reader->fetch->body != IMAP_BODY_ABSENT)
        imap_lexer_fail(reader->lexer);
    bool given = imap_lexer_nstring(reader->lexer, reader->body);
    reader->fetch->body = given ? IMAP_BODY_GIVEN : IMAP_BODY_NIL;
    reader->fetch->body_size = reader->body->length;
}

static void take_header(FetchReader *reader)
{
    take_body(reader);
    reader->fetch->is_header = true;
}

static void take_emailid(FetchReader *reader)
{
    imap_lexer_expect(reader->lexer, '(');
    reader->fetch->origin = imap_lexer_word(reader->lexer);
    imap_lexer_expect(reader->lexer, ')');
}

static void take_gm_msgid(FetchReader *reader)
{
    reader->fetch->origin = imap_lexer_word(reader->lexer);
}

/* "BODY[]<1024>": a piece of the body. */
static bool is_sample(ImapData name)
{
    static const char start[] = "BODY[]<";
    return name.length > strlen(start) && g_ascii_strncasecmp((const char *)name.bytes, start, strlen(start)) == 0;
}

static void take_item(FetchReader *reader)
{
    static const struct {
        const char *name;
        void (*take)(FetchReader *reader);
    } items[] = {
        {"UID", take_uid},
        {"FLAGS", take_flags},
        {"INTERNALDATE", take_internaldate},
        {"RFC822.SIZE", take_size},
        {"MODSEQ", take_modseq},
        {"BODY[]", take_body},
        {"BODY[HEADER]", take_header},
        {"EMAILID", take_emailid},
        {"X-GM-MSGID", take_gm_msgid},
    };
    ImapData name = imap_lexer_item_name(reader->lexer);
    imap_lexer_expect(reader->lexer, ' ');
    imap_lexer_skip_spaces(reader->lexer);
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        if (imap_data_is(name, items[i].name)) {
            items[i].take(reader);
            return;
        }
    }
    if (is_sample(name))
        imap_lexer_nstring(reader->lexer, &reader->fetch->sample);
    else
        imap_lexer_skip_value(reader->lexer);
}

void imap_fetch_parse(ImapLexer *lexer, GString *keywords, ImapFetch *fetch, ImapData *body)
{
    FetchReader reader = {.lexer = lexer, .keywords = keywords, .fetch = fetch, .body = body};
    g_string_truncate(keywords, 0);
    *body = (ImapData){0};
    imap_lexer_expect(lexer, '(');
    while (!imap_lexer_list_end(lexer))
        take_item(&reader);
    fetch->keywords = keywords->str;
}
