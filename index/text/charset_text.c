#include "charset_text.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

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

static char *convert(const char *bytes, size_t length, const char *charset)
{
    GMimeFilter *filter = g_mime_filter_charset_new(charset, "utf-8");
    if (!filter)
        return NULL;
    char *out;
    size_t out_length;
    size_t prefix;
    g_mime_filter_complete(filter, (char *)bytes, length, 0, &out, &out_length, &prefix);
    char *valid = g_utf8_make_valid(out, (gssize)out_length);
    g_object_unref(filter);
    return valid;
}

/* Of bytes that claim no charset, or one that is not known. */
static char *guess(const char *bytes, size_t length, bool claimed_utf8)
{
    g_autofree char *text = g_memdup2(bytes, length);
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    if (claimed_utf8 || g_utf8_validate_len(text, length, NULL))
        return g_utf8_make_valid(text, (gssize)length);
    char *converted = convert(text, length, "windows-1252");
    return converted ? converted : g_utf8_make_valid(text, (gssize)length);
}

char *charset_to_utf8(const char *bytes, size_t length, const char *charset)
{
    if (length == 0)
        return g_strdup("");
    char *converted = says_nothing(charset) ? NULL : convert(bytes, length, meaning_of(charset));
    bool claimed_utf8 = charset && g_ascii_strcasecmp(charset, "utf-8") == 0;
    return converted ? converted : guess(bytes, length, claimed_utf8);
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
