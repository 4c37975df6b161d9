#include "message_name.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#include "message_gmime.h"
#include "message_header.h"

#define SENDER_BYTES ((size_t)60)
#define SUBJECT_BYTES ((size_t)130)

static bool is_kept(gunichar c)
{
    if (c < 0x80)
        return g_ascii_isalnum((char)c) || strchr(".+,@=", (int)c);
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static char *normal_form(const char *text)
{
    if (g_str_is_ascii(text))
        return g_strdup(text);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
}

/* What belongs into a name, at most `bytes_at_most` bytes of it; everything else becomes one hyphen between. */
static char *reduce(const char *text, size_t bytes_at_most)
{
    g_autofree char *normal = normal_form(text);
    GString *out = g_string_new(NULL);
    bool gap = false;
    for (const char *at = normal; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!is_kept(c) || c == 0xFFFD) {
            gap = true;
            continue;
        }
        char bytes[6];
        gssize width = g_unichar_to_utf8(c, bytes);
        if (out->len + (gap ? 1 : 0) + (size_t)width > bytes_at_most)
            break;
        if (gap && out->len > 0)
            g_string_append_c(out, '-');
        gap = false;
        g_string_append_len(out, bytes, width);
    }
    return g_string_free(out, FALSE);
}

/* No name begins or ends with a dot: not hidden, and no dot before the UID that looks like one more field. */
static char *trim(char *name)
{
    size_t length = strlen(name);
    while (length > 0 && strchr(".,-", name[length - 1]))
        name[--length] = '\0';
    size_t skip = strspn(name, ".,-=+@");
    memmove(name, name + skip, length + 1 - skip);
    return name;
}

static char *text_of_address(InternetAddress *address)
{
    const char *name = internet_address_get_name(address);
    if (name && *name)
        return g_strdup(name);
    if (INTERNET_ADDRESS_IS_MAILBOX(address))
        return g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
    return NULL;
}

static char *sender_text(const char *from)
{
    InternetAddressList *list = internet_address_list_parse(NULL, from);
    if (!list)
        return g_strdup(from);
    char *text =
        internet_address_list_length(list) > 0 ? text_of_address(internet_address_list_get_address(list, 0)) : NULL;
    g_object_unref(list);
    return text ? text : g_strdup(from);
}

static char *named_or(char *name, const char *otherwise)
{
    if (*trim(name))
        return name;
    g_free(name);
    return g_strdup(otherwise);
}

static char *sender_of(const char *message, size_t length)
{
    g_autofree char *from = message_header_raw(message, length, "From");
    g_autofree char *text = from ? sender_text(from) : NULL;
    return named_or(reduce(text ? text : "", SENDER_BYTES), "unknown");
}

static char *subject_of(const char *message, size_t length)
{
    g_autofree char *raw = message_header_raw(message, length, "Subject");
    g_autofree char *text = raw ? g_mime_utils_header_decode_text(NULL, raw) : NULL;
    return named_or(reduce(text ? text : "", SUBJECT_BYTES), "no-subject");
}

char *message_name(const char *message, size_t length)
{
    message_start_gmime();
    g_autofree char *sender = sender_of(message, length);
    g_autofree char *subject = subject_of(message, length);
    return g_strconcat(sender, "_", subject, NULL);
}
