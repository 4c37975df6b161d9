#include "message_header.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "message_gmime.h"
#include "text.h"

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline + 1 : end;
}

static bool is_blank_line(const char *line, const char *end)
{
    return line == end || *line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n');
}

bool message_header_next(HeaderField *field, const char *message_end)
{
    const char *line = field->end;
    if (is_blank_line(line, message_end))
        return false;
    const char *next = line_end(line, message_end);
    while (next < message_end && (*next == ' ' || *next == '\t'))
        next = line_end(next, message_end);
    *field = (HeaderField){.start = line, .end = next};
    return true;
}

static bool has_name(const HeaderField *field, const char *name, size_t length)
{
    return (size_t)(field->end - field->start) > length && field->start[length] == ':' &&
           g_ascii_strncasecmp(field->start, name, length) == 0;
}

static char *unfold(const char *value, size_t length)
{
    char *text = g_strndup(value, length);
    for (char *at = text; *at; at++)
        if (*at == '\r' || *at == '\n' || *at == '\t')
            *at = ' ';
    return text;
}

char *message_header_value(const HeaderField *field, const char *name)
{
    size_t length = strlen(name);
    if (!has_name(field, name, length))
        return NULL;
    const char *value = field->start + length + 1;
    return unfold(value, (size_t)(field->end - value));
}

static char *find_value(const char *message, size_t length, const char *name)
{
    HeaderField field = {.end = message};
    while (message_header_next(&field, message + length)) {
        char *value = message_header_value(&field, name);
        if (value)
            return value;
    }
    return NULL;
}

static char *without_controls(const char *text)
{
    GString *clean = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        g_string_append_unichar(clean, text_is_unsafe(c) ? ' ' : c);
    }
    return g_strstrip(g_string_free(clean, FALSE));
}

char *message_header_text(const char *message, size_t length, const char *name)
{
    g_autofree char *raw = find_value(message, length, name);
    g_autofree char *decoded = raw ? message_decode_words(raw) : NULL;
    return decoded ? without_controls(decoded) : NULL;
}
