#include "imap_base64.h"

#include <glib.h>
#include <string.h>

void imap_base64_append(WipedBytes *out, const void *data, size_t length)
{
    char *text = g_base64_encode(data, length);
    wiped_bytes_append_text(out, text);
    explicit_bzero(text, strlen(text));
    g_free(text);
}

static bool is_digit(uint8_t byte)
{
    return g_ascii_isalnum((char)byte) || byte == '+' || byte == '/';
}

static bool is_base64(ImapData text)
{
    size_t digits = text.length;
    for (int padding = 0; padding < 2 && digits > 0 && text.bytes[digits - 1] == '='; padding++)
        digits--;
    for (size_t i = 0; i < digits; i++)
        if (!is_digit(text.bytes[i]))
            return false;
    return text.length % 4 == 0;
}

bool imap_base64_decode(ImapData text, WipedBytes *out)
{
    wiped_bytes_clear(out);
    if (!is_base64(text))
        return false;
    if (text.length == 0)
        return true;
    g_autofree char *copy = g_strndup((const char *)text.bytes, text.length);
    gsize length;
    g_base64_decode_inplace(copy, &length);
    wiped_bytes_append(out, copy, length);
    explicit_bzero(copy, text.length);
    return true;
}
