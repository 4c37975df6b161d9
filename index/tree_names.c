#include "tree_names.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "digest.h"
#include "mailbox_name.h"
#include "text.h"

#define DIRECTORY_NAME_AT_MOST 200 /* bytes before a name is cut and marked by a hash */
#define LAST_TIME_OF_YEAR_9999 253402300799

static void append_percent(GString *out, const char *from, const char *to)
{
    for (; from < to; from++)
        g_string_append_printf(out, "%%%02X", (unsigned char)*from);
}

static bool must_escape(gunichar c, bool first, bool last, bool raw)
{
    if (c == '%' || c == '/' || text_is_unsafe(c))
        return true;
    if (raw && c == '&') /* what looks like modified UTF-7 and is not must not pass for a decoded name */
        return true;
    if (first && (c == '.' || c == '-' || c == ' '))
        return true;
    return last && c == ' ';
}

static void append_escaped(GString *out, const char *text, size_t length, bool raw)
{
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        bool valid = c < 0x110000 && *at != '\0';
        const char *next = valid ? g_utf8_next_char(at) : at + 1;
        if (!valid || must_escape(c, at == text, next == end, raw))
            append_percent(out, at, next);
        else
            g_string_append_len(out, at, next - at);
        at = next;
    }
}

static void shorten(GString *name, const uint8_t *level, size_t length)
{
    if (name->len <= DIRECTORY_NAME_AT_MOST)
        return;
    const char *cut = g_utf8_find_prev_char(name->str, name->str + DIRECTORY_NAME_AT_MOST + 1);
    ContentId hash;
    char hex[CONTENT_ID_HEX_SIZE];
    digest_of(level, length, &hash);
    content_id_hex(&hash, hex);
    g_string_truncate(name, (gsize)(cut - name->str));
    g_string_append_printf(name, "~%.16s", hex);
}

char *tree_directory_name(const uint8_t *level, size_t length)
{
    GString *name = g_string_new(NULL);
    g_autofree char *decoded = mailbox_name_decode(level, length);
    if (decoded)
        append_escaped(name, decoded, strlen(decoded), false);
    else
        append_escaped(name, (const char *)level, length, true);
    if (g_str_has_suffix(name->str, ".eml")) {
        g_string_truncate(name, name->len - 4);
        g_string_append(name, "%2Eeml");
    }
    if (name->len == 0)
        g_string_append_c(name, '%');
    shorten(name, level, length);
    return g_string_free(name, FALSE);
}

void tree_message_name(const MessageRow *row, char name[TREE_NAME_SIZE])
{
    time_t time = (time_t)CLAMP(row->internaldate, 0, LAST_TIME_OF_YEAR_9999);
    struct tm date;
    gmtime_r(&time, &date);
    snprintf(name, TREE_NAME_SIZE, "%04d-%02d-%02d_%02d%02d_%.*s.%u.eml", date.tm_year + 1900, date.tm_mon + 1,
             date.tm_mday, date.tm_hour, date.tm_min, (int)row->name_length, row->name, row->uid);
}

uint32_t tree_message_name_uid(const char *name)
{
    size_t length = strlen(name);
    if (length < 6 || length >= TREE_NAME_SIZE || !g_str_has_suffix(name, ".eml"))
        return 0;
    const char *end = name + length - 4, *digits = end;
    while (digits > name && g_ascii_isdigit(digits[-1]))
        digits--;
    if (digits == end || digits == name || digits[-1] != '.' || end - digits > 10)
        return 0;
    guint64 uid = g_ascii_strtoull(digits, NULL, 10);
    return uid <= UINT32_MAX ? (uint32_t)uid : 0;
}

bool tree_snapshot_name_time(const char *name, int64_t *time)
{
    struct tm date = {0};
    const char *end = strptime(name, "%Y-%m-%dT%H-%M-%SZ", &date);
    if (!end || *end)
        return false;
    *time = timegm(&date);
    g_autofree char *again = text_snapshot_name(*time);
    return g_str_equal(again, name);
}
