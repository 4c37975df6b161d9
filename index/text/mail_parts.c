#include "mail_parts.h"

#include <string.h>

#include "mb_limits.h"
#include "text.h"

#define NAME_AT_MOST ((gsize)200)
#define EXTENSION_AT_MOST ((gsize)12)

void part_walk_begin(PartWalk *walk, GMimeMessage *message)
{
    *walk = (PartWalk){.top = g_mime_message_get_mime_part(message)};
    walk->ended = walk->top == NULL;
    if (walk->top)
        walk->iterator = g_mime_part_iter_new(GMIME_OBJECT(message));
}

GMimeObject *part_walk_next(PartWalk *walk)
{
    if (walk->ended)
        return NULL;
    GMimeObject *current = g_mime_part_iter_get_current(walk->iterator);
    if (!current) /* of a multipart without parts */
        current = walk->top;
    walk->ended = ++walk->taken >= LIMIT_PARTS || !g_mime_part_iter_next(walk->iterator);
    return current;
}

void part_walk_end(PartWalk *walk)
{
    if (walk->iterator)
        g_mime_part_iter_free(walk->iterator);
}

static GMimeContentType *type_of(GMimePart *part)
{
    return g_mime_object_get_content_type(GMIME_OBJECT(part));
}

bool part_is_text(GMimePart *part)
{
    GMimeContentType *type = type_of(part);
    return !type || g_mime_content_type_is_type(type, "text", "*") || g_mime_content_type_is_type(type, "message", "*");
}

bool part_is_html(GMimePart *part)
{
    GMimeContentType *type = type_of(part);
    return type && g_mime_content_type_is_type(type, "text", "html");
}

char *part_type(GMimePart *part)
{
    GMimeContentType *type = type_of(part);
    return type ? g_mime_content_type_get_mime_type(type) : g_strdup("text/plain");
}

char *part_claimed_name(GMimePart *part)
{
    const char *name = g_mime_part_get_filename(part);
    return name && *name ? g_utf8_make_valid(name, -1) : NULL;
}

static const char *extension_of(GMimePart *part)
{
    static const struct {
        const char *type, *subtype, *extension;
    } known[] = {{"text", "html", "html"},      {"text", "calendar", "ics"},   {"text", "csv", "csv"},
                 {"text", "*", "txt"},          {"image", "jpeg", "jpg"},      {"image", "png", "png"},
                 {"image", "gif", "gif"},       {"application", "pdf", "pdf"}, {"application", "pgp-signature", "asc"},
                 {"application", "zip", "zip"}, {"message", "*", "txt"}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (!type_of(part) || g_mime_content_type_is_type(type_of(part), known[i].type, known[i].subtype))
            return known[i].extension;
    return "bin";
}

static bool is_refused(gunichar c)
{
    return text_is_unsafe(c) || (c < 0x80 && strchr("/\\:*?\"<>|", (int)c));
}

/* What a sender calls a file is no path and no command. */
static char *make_safe(const char *name)
{
    GString *safe = g_string_new(NULL);
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool hides = safe->len == 0 && (c == '.' || c == '-' || c == ' ');
        g_string_append_unichar(safe, hides || is_refused(c) ? '_' : c);
    }
    while (safe->len > 0 && strchr(". ", safe->str[safe->len - 1]))
        g_string_truncate(safe, safe->len - 1);
    return g_string_free(safe, FALSE);
}

/* Too long: the middle goes, the extension stays. */
static char *shorten(char *name)
{
    gsize length = strlen(name);
    if (length <= NAME_AT_MOST)
        return name;
    const char *dot = strrchr(name, '.');
    const char *extension = dot && strlen(dot) <= EXTENSION_AT_MOST ? dot : "";
    const char *cut = g_utf8_find_prev_char(name, name + NAME_AT_MOST - strlen(extension) + 1);
    g_autofree char *longer = name;
    return g_strdup_printf("%.*s%s", (int)(cut - longer), longer, extension);
}

char *part_file_name(GMimePart *part, unsigned number)
{
    g_autofree char *claimed = part_claimed_name(part);
    g_autofree char *normal = claimed ? g_utf8_normalize(claimed, -1, G_NORMALIZE_NFC) : NULL;
    g_autofree char *safe = normal ? make_safe(normal) : NULL;
    if (!safe || !*safe)
        return g_strdup_printf("part-%u.%s", number, extension_of(part));
    return shorten(g_steal_pointer(&safe));
}

static GMimeStream *content_of(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    return content ? g_mime_data_wrapper_get_stream(content) : NULL;
}

uint64_t part_guess_size(GMimePart *part)
{
    GMimeStream *stream = content_of(part);
    gint64 length = stream ? g_mime_stream_length(stream) : 0;
    bool base64 = g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_BASE64;
    return length <= 0 ? 0 : base64 ? (uint64_t)length * 57 / 78 : (uint64_t)length; /* lines of 76 and CRLF */
}

GMimeStream *part_open(GMimePart *part)
{
    GMimeStream *stream = content_of(part);
    if (!stream)
        return NULL;
    g_mime_stream_reset(stream);
    GMimeStream *decoded = g_mime_stream_filter_new(stream);
    GMimeFilter *filter = g_mime_filter_basic_new(g_mime_part_get_content_encoding(part), FALSE);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
    g_object_unref(filter);
    return decoded;
}
