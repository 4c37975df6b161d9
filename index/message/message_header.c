#include "message_header.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#include "message_gmime.h"
#include "text.h"

void message_start_gmime(void)
{
    static gsize started;
    if (g_once_init_enter(&started)) {
        g_mime_init();
        g_once_init_leave(&started, 1);
    }
}

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline + 1 : end;
}

static bool is_blank_line(const char *line, const char *end)
{
    return line == end || *line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n');
}

static bool line_has_field(const char *line, const char *end, const char *field)
{
    size_t length = strlen(field);
    return (size_t)(end - line) > length && g_ascii_strncasecmp(line, field, length) == 0 && line[length] == ':';
}

char *message_header_raw(const char *message, size_t length, const char *field)
{
    const char *end = message + length;
    for (const char *line = message; line < end && !is_blank_line(line, end);) {
        const char *next = line_end(line, end);
        while (next < end && (*next == ' ' || *next == '\t'))
            next = line_end(next, end);
        if (line_has_field(line, next, field)) {
            const char *value = line + strlen(field) + 1;
            char *copy = g_strndup(value, (size_t)(next - value));
            return g_strdelimit(copy, "\r\n\t", ' ');
        }
        line = next;
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

char *message_header_text(const char *message, size_t length, const char *field)
{
    message_start_gmime();
    g_autofree char *raw = message_header_raw(message, length, field);
    g_autofree char *decoded = raw ? g_mime_utils_header_decode_text(NULL, raw) : NULL;
    return decoded ? without_controls(decoded) : NULL;
}
