#include "charset_text.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 << 10)
#define LONGEST_CHARACTER 4u

typedef struct {
    char *bytes;
    size_t length;
    size_t at_most; /* of what is made of them, and a piece more */
} Bytes;

/* Mail claims these and means the larger ones (https://encoding.spec.whatwg.org/#names-and-labels). */
static const struct {
    const char *claimed;
    const char *meant;
} larger[] = {
    {"iso-8859-1", "windows-1252"}, {"latin1", "windows-1252"},
    {"iso-8859-9", "windows-1254"}, {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},      {"gbk", "gb18030"},
    {"ks_c_5601-1987", "cp949"},    {"euc-kr", "cp949"},
    {"shift_jis", "cp932"},         {"x-sjis", "cp932"},
    {"tis-620", "cp874"},           {"iso-8859-11", "cp874"},
    {"unicode-1-1-utf-7", "utf-7"},
};

static const char *meaning_of(const char *charset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(larger); i++)
        if (g_ascii_strcasecmp(charset, larger[i].claimed) == 0)
            return larger[i].meant;
    return charset;
}

static bool says_nothing(const char *charset)
{
    return !charset || g_ascii_strcasecmp(charset, "us-ascii") == 0 || g_ascii_strcasecmp(charset, "utf-8") == 0;
}

static void append_valid(GString *out, const char *bytes, size_t length)
{
    g_autofree char *valid = g_utf8_make_valid(bytes, (gssize)length);
    g_string_append(out, valid);
}

/* Piece by piece: what becomes of them may be three times as much. */
static bool convert(GString *out, const Bytes *from, const char *charset)
{
    GMimeFilter *filter = g_mime_filter_charset_new(charset, "utf-8");
    if (!filter)
        return false;
    for (size_t done = 0, piece; done < from->length && out->len < from->at_most; done += piece) {
        char *converted;
        size_t length, unused;
        piece = MIN(PIECE_BYTES, from->length - done);
        bool last = done + piece == from->length;
        if (last)
            g_mime_filter_complete(filter, from->bytes + done, piece, 0, &converted, &length, &unused);
        else
            g_mime_filter_filter(filter, from->bytes + done, piece, 0, &converted, &length, &unused);
        append_valid(out, converted, length);
    }
    g_object_unref(filter);
    return true;
}

/* As many bytes as make a piece, and no character is cut. */
static size_t utf8_piece(const char *bytes, size_t length)
{
    size_t piece = MIN(PIECE_BYTES, length);
    for (unsigned i = 0; i < LONGEST_CHARACTER && piece < length && ((unsigned char)bytes[piece] & 0xC0) == 0x80; i++)
        piece--;
    return piece;
}

static void append_utf8(GString *out, const Bytes *from)
{
    for (size_t done = 0, piece; done < from->length && out->len < from->at_most; done += piece) {
        piece = utf8_piece(from->bytes + done, from->length - done);
        append_valid(out, from->bytes + done, piece);
    }
}

/* Of bytes that claim no charset, or one that is not known. */
static void guess(GString *out, const Bytes *from, bool claimed_utf8)
{
    for (size_t i = 0; i < from->length; i++)
        if (from->bytes[i] == '\0')
            from->bytes[i] = ' ';
    bool is_utf8 = claimed_utf8 || g_utf8_validate_len(from->bytes, from->length, NULL);
    if (is_utf8 || !convert(out, from, "windows-1252"))
        append_utf8(out, from);
}

GString *charset_to_utf8(GByteArray *bytes, const char *charset, size_t at_most)
{
    GString *out = g_string_new(NULL);
    const Bytes from = {.bytes = (char *)bytes->data, .length = bytes->len, .at_most = at_most};
    bool claimed_utf8 = charset && g_ascii_strcasecmp(charset, "utf-8") == 0;
    if (bytes->len == 0)
        return out;
    if (says_nothing(charset) || !convert(out, &from, meaning_of(charset)))
        guess(out, &from, claimed_utf8);
    return out;
}

static bool is_shown(const char *at)
{
    unsigned char c = (unsigned char)*at;
    bool is_c1 = c == 0xC2 && (unsigned char)at[1] < 0xA0;
    return (c >= 0x20 && c != 0x7F && !is_c1) || c == '\n' || c == '\t';
}

void charset_append_clean(GString *out, const char *text)
{
    const char *shown = text; /* from here on not yet written */
    for (const char *at = text; *at;) {
        const char *next = g_utf8_next_char(at);
        if (!is_shown(at)) {
            g_string_append_len(out, shown, at - shown);
            shown = next;
            if (*at == '\r' && *next != '\n')
                g_string_append_c(out, '\n');
        }
        at = next;
    }
    g_string_append(out, shown);
}
