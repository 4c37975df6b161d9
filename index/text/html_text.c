#include "html_text.h"

#include <stdbool.h>
#include <string.h>

#include "charset_text.h"
#include "html_entities.h"

#define BLANK_LINES_AT_MOST 1
#define META_BYTES ((gsize)2048) /* where a <meta> with a charset may stand */

/* Elements that stand on lines of their own, with a space on either side. */
static const char blocks[] =
    " address article aside blockquote body br caption center dd div dl dt fieldset figure footer "
    "form h1 h2 h3 h4 h5 h6 head header hr html li main nav ol option p pre section table "
    "tbody tfoot thead title tr ul ";

typedef struct {
    GString *out;
    gsize start;           /* of what is appended */
    bool gap;              /* white space seen and not yet written */
    unsigned preformatted; /* depth of <pre> */
    char *link;            /* where the open <a> leads to */
} HtmlText;

/* A tag: "<name attributes>", borrowed. */
typedef struct {
    char name[16]; /* in small letters; cut, when it is no name we know */
    bool closing;
    const char *attributes;
    const char *end; /* its ">"; NULL when no more follows in the text */
} HtmlTag;

static bool at_line_start(const HtmlText *text)
{
    return text->out->len == text->start || text->out->str[text->out->len - 1] == '\n';
}

static unsigned blank_lines(const HtmlText *text)
{
    unsigned newlines = 0;
    while (newlines <= BLANK_LINES_AT_MOST && newlines < text->out->len - text->start &&
           text->out->str[text->out->len - 1 - newlines] == '\n')
        newlines++;
    return newlines > 0 ? newlines - 1 : 0;
}

static void end_line(HtmlText *text)
{
    text->gap = false;
    if (text->out->len > text->start && blank_lines(text) < BLANK_LINES_AT_MOST)
        g_string_append_c(text->out, '\n');
}

static void write_gap(HtmlText *text)
{
    if (text->gap && !at_line_start(text))
        g_string_append_c(text->out, ' ');
    text->gap = false;
}

static void add_character(HtmlText *text, gunichar c)
{
    if (text->preformatted > 0 && (c == '\n' || c == '\t')) {
        g_string_append_c(text->out, (char)c);
    } else if (g_unichar_isspace(c) || c == 0xA0) {
        text->gap = true;
    } else if (c >= 0x20 && !(c >= 0x7F && c < 0xA0)) {
        write_gap(text);
        g_string_append_unichar(text->out, c);
    }
}

/* Text up to `end`. */
static void add_text(HtmlText *text, const char *at, const char *end)
{
    while (at < end) {
        gunichar c = g_utf8_get_char(at);
        gsize length = c == '&' ? html_entity(at, &c) : 0;
        add_character(text, c);
        at = length > 0 ? MIN(at + length, end) : g_utf8_next_char(at);
    }
}

/* The end of a tag whose "<" is at `at`: a ">" outside quotes, or where quotes are not closed the first one there is.
 */
static const char *find_tag_end(const char *at)
{
    char quote = '\0';
    const char *first = strchr(at, '>');
    for (const char *next = at; first && *next; next++) {
        if (quote && *next == quote)
            quote = '\0';
        else if (!quote && (*next == '"' || *next == '\''))
            quote = *next;
        else if (!quote && *next == '>')
            return next;
    }
    return first;
}

static bool read_tag(const char *at, HtmlTag *tag)
{
    *tag = (HtmlTag){.closing = at[1] == '/'};
    const char *name = at + (tag->closing ? 2 : 1);
    if (!g_ascii_isalpha(*name) && *name != '!' && *name != '?')
        return false;
    tag->end = find_tag_end(at);
    gsize length = 0;
    for (; g_ascii_isalnum(name[length]); length++)
        if (length < sizeof tag->name - 1)
            tag->name[length] = g_ascii_tolower(name[length]);
    tag->attributes = name + length;
    return true;
}

static bool is_value_end(char c, char quote)
{
    return quote ? c == quote : (g_ascii_isspace(c) || c == '>');
}

/* NULL when the tag does not have the attribute. Caller frees. */
static char *attribute_of(const HtmlTag *tag, const char *wanted)
{
    gsize length = strlen(wanted);
    for (const char *at = tag->attributes; at + length < tag->end; at++) {
        if (!g_ascii_isspace(*at) || g_ascii_strncasecmp(at + 1, wanted, length) != 0 || at[1 + length] != '=')
            continue;
        const char *value = at + length + 2;
        char quote = '\0';
        if (*value == '"' || *value == '\'')
            quote = *value++;
        const char *end = value;
        while (end < tag->end && !is_value_end(*end, quote))
            end++;
        return g_strndup(value, (gsize)(end - value));
    }
    return NULL;
}

static void open_link(HtmlText *text, const HtmlTag *tag)
{
    g_free(text->link);
    text->link = attribute_of(tag, "href");
}

static void close_link(HtmlText *text)
{
    g_autofree char *link = g_steal_pointer(&text->link);
    if (!link || !strchr(link, ':'))
        return;
    text->gap = true;
    add_character(text, '<');
    add_text(text, link, link + strlen(link));
    add_character(text, '>');
}

static void add_picture(HtmlText *text, const HtmlTag *tag)
{
    g_autofree char *said = attribute_of(tag, "alt");
    if (said)
        add_text(text, said, said + strlen(said));
}

static bool is_block(const char *name)
{
    g_autofree char *word = g_strdup_printf(" %s ", name);
    return strstr(blocks, word) != NULL;
}

static void apply_tag(HtmlText *text, const HtmlTag *tag)
{
    if (g_str_equal(tag->name, "a"))
        tag->closing ? close_link(text) : open_link(text, tag);
    else if (g_str_equal(tag->name, "img"))
        add_picture(text, tag);
    else if (g_str_equal(tag->name, "td") || g_str_equal(tag->name, "th"))
        text->gap = true;
    else if (g_str_equal(tag->name, "br") || (is_block(tag->name) && !at_line_start(text)))
        end_line(text);
    if (g_str_equal(tag->name, "li") && !tag->closing) {
        add_character(text, '*');
        text->gap = true;
    }
    if (g_str_equal(tag->name, "pre"))
        text->preformatted = tag->closing ? 0 : 1;
}

/* Where to go on behind an element whose content is no text. */
static const char *skip_element(const char *at, const char *name)
{
    gsize length = strlen(name);
    while ((at = strchr(at, '<')) && !(at[1] == '/' && g_ascii_strncasecmp(at + 2, name, length) == 0))
        at++;
    return at;
}

/* Where to go on behind "<". NULL: nothing follows. */
static const char *take_markup(HtmlText *text, const char *at)
{
    HtmlTag tag;
    if (g_str_has_prefix(at, "<!--")) {
        const char *end = strstr(at + 4, "-->");
        return end ? end + 3 : NULL;
    }
    if (!read_tag(at, &tag)) {
        add_character(text, '<');
        return at + 1;
    }
    if (!tag.end) {
        add_text(text, at, at + strlen(at));
        return NULL;
    }
    apply_tag(text, &tag);
    bool hidden = g_str_equal(tag.name, "script") || g_str_equal(tag.name, "style");
    return hidden && !tag.closing ? skip_element(tag.end, tag.name) : tag.end + 1;
}

void html_text_append(GString *out, const char *html)
{
    HtmlText text = {.out = out, .start = out->len};
    for (const char *at = html; at && *at;) {
        const char *markup = strchr(at, '<');
        add_text(&text, at, markup ? markup : at + strlen(at));
        at = markup ? take_markup(&text, markup) : NULL;
    }
    g_free(text.link);
    if (!at_line_start(&text))
        g_string_append_c(out, '\n');
}

char *html_claimed_charset(const char *bytes, gsize length)
{
    if (length == 0)
        return NULL;
    g_autofree char *start = g_ascii_strdown(bytes, (gssize)MIN(length, META_BYTES));
    const char *meta = strstr(start, "<meta");
    const char *claim = meta ? strstr(meta, "charset=") : NULL;
    if (!claim)
        return NULL;
    claim += strlen("charset=");
    claim += strspn(claim, "\"' ");
    return g_strndup(claim, strspn(claim, "abcdefghijklmnopqrstuvwxyz0123456789-_"));
}
