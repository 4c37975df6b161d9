#include "message_name.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "message_gmime.h"
#include "message_header.h"

#define SENDER_BYTES ((size_t)60)
#define SUBJECT_BYTES ((size_t)130)

/* Reading an address takes as long as all else; and most mail comes from who wrote before. */
#define SENDERS_AT_MOST 1024u
#define REMEMBERED_BYTES ((size_t)256)

struct MessageNamer {
    GHashTable *senders; /* what is in the header -> what is in the name */
};

MessageNamer *message_namer_new(void)
{
    MessageNamer *namer = g_new0(MessageNamer, 1);
    namer->senders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return namer;
}

void message_namer_free(MessageNamer *namer)
{
    if (!namer)
        return;
    g_hash_table_unref(namer->senders);
    g_free(namer);
}

static bool is_kept(gunichar c)
{
    if (c < 0x80)
        return g_ascii_isalnum((char)c) || strchr(".+,@=", (int)c);
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static char *normal_form(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
}

/* What belongs into a name, at most `bytes_at_most` bytes of it; everything else becomes one hyphen between. */
static char *reduce(const char *text, size_t bytes_at_most)
{
    g_autofree char *normal = g_str_is_ascii(text) ? NULL : normal_form(text);
    GString *out = g_string_sized_new(bytes_at_most);
    bool gap = false;
    for (const char *at = normal ? normal : text, *next; *at; at = next) {
        gunichar c = g_utf8_get_char(at);
        next = g_utf8_next_char(at);
        if (!is_kept(c) || c == 0xFFFD) {
            gap = true;
            continue;
        }
        if (out->len + (gap ? 1 : 0) + (size_t)(next - at) > bytes_at_most)
            break;
        if (gap && out->len > 0)
            g_string_append_c(out, '-');
        gap = false;
        while (at < next)
            g_string_append_c(out, *at++);
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

static char *named_or(char *name, const char *otherwise)
{
    if (*trim(name))
        return name;
    g_free(name);
    return g_strdup(otherwise);
}

static char *read_sender(const char *from)
{
    g_autofree char *text = message_sender(from);
    return named_or(reduce(text, SENDER_BYTES), "unknown");
}

static void remember(MessageNamer *namer, const char *from, const char *sender)
{
    if (strlen(from) > REMEMBERED_BYTES)
        return;
    if (g_hash_table_size(namer->senders) == SENDERS_AT_MOST)
        g_hash_table_remove_all(namer->senders);
    g_hash_table_insert(namer->senders, g_strdup(from), g_strdup(sender));
}

static char *sender_of(MessageNamer *namer, const char *from)
{
    const char *known = g_hash_table_lookup(namer->senders, from);
    if (known)
        return g_strdup(known);
    char *sender = read_sender(from);
    remember(namer, from, sender);
    return sender;
}

/* Whether decoding would leave it as it is. */
static bool is_plain(const char *text)
{
    return g_str_is_ascii(text) && !strstr(text, "=?");
}

static char *subject_of(const char *raw)
{
    g_autofree char *decoded = is_plain(raw) ? NULL : message_decode_words(raw);
    return named_or(reduce(decoded ? decoded : raw, SUBJECT_BYTES), "no-subject");
}

char *message_name(MessageNamer *namer, const char *message, size_t length)
{
    g_autofree char *from = NULL, *subject = NULL;
    HeaderField field = {.end = message};
    while ((!from || !subject) && message_header_next(&field, message + length)) {
        if (!from)
            from = message_header_value(&field, "From");
        if (!subject)
            subject = message_header_value(&field, "Subject");
    }
    g_autofree char *sender_part = sender_of(namer, from ? from : "");
    g_autofree char *subject_part = subject_of(subject ? subject : "");
    return g_strconcat(sender_part, "_", subject_part, NULL);
}
