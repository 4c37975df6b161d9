#include "mail_text.h"

#include <string.h>

#include "charset_text.h"
#include "html_text.h"
#include "mail_parts.h"
#include "mail_stream.h"
#include "mb_limits.h"
#include "text.h"

#define PIECE_BYTES ((size_t)16 << 10)
#define FIRST_LINE_BYTES ((size_t)1000)
#define CUT_NOTE                                                                                                       \
    "\n[The rest is too long and left out here. A mount without view=text, and `mailbackup cat`, show all of it.]\n"

/* A text on its way. */
typedef struct {
    GString *text;
    GString *others;  /* a list of what is no text */
    unsigned leaves;  /* seen so far */
    unsigned written; /* of them */
    bool is_cut;      /* something was too long */
} Rendition;

/* Bytes that may still be shown. */
static size_t room_in(const GString *text)
{
    return LIMIT_RENDERED_TEXT_BYTES - MIN(text->len, LIMIT_RENDERED_TEXT_BYTES);
}

static bool is_full(const GString *text)
{
    return room_in(text) == 0;
}

/* Lines of a field put together (RFC 5322 2.2.3). Caller frees. */
static char *unfold(const char *raw)
{
    GString *value = g_string_new(NULL);
    for (const char *at = raw; at && *at; at++)
        if (*at != '\r' && *at != '\n')
            g_string_append_c(value, *at == '\t' ? ' ' : *at);
    return g_string_free(value, FALSE);
}

static void append_field(GString *text, GMimeHeader *header)
{
    g_autofree char *raw = unfold(g_mime_header_get_raw_value(header));
    g_autofree char *value = g_mime_utils_header_decode_text(NULL, raw);
    g_autofree char *valid = g_utf8_make_valid(g_strstrip(g_strdelimit(value, "\r\n", ' ')), -1);
    g_autofree char *name = g_utf8_make_valid(g_mime_header_get_name(header), -1);
    charset_append_clean(text, name);
    g_string_append(text, ": ");
    charset_append_clean(text, valid);
    g_string_append_c(text, '\n');
}

static void append_headers(GString *text, GMimeObject *object)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(object);
    for (int i = 0; i < g_mime_header_list_get_count(headers) && !is_full(text); i++)
        append_field(text, g_mime_header_list_get_header_at(headers, i));
    g_string_append_c(text, '\n');
}

/* The decoded bytes of a part, as many as may be shown. */
static GByteArray *read_part(GMimePart *part, const GString *text)
{
    GByteArray *bytes = g_byte_array_new();
    GMimeStream *stream = part_open(part);
    char piece[PIECE_BYTES];
    ssize_t got;
    while (stream && bytes->len < room_in(text) && (got = g_mime_stream_read(stream, piece, sizeof piece)) > 0)
        g_byte_array_append(bytes, (const guint8 *)piece, (guint)got);
    g_clear_object(&stream);
    return bytes;
}

static char *charset_of(GMimePart *part, const GByteArray *bytes)
{
    char *charset = g_strdup(g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset"));
    if (!charset && part_is_html(part))
        charset = html_claimed_charset((const char *)bytes->data, bytes->len);
    return charset;
}

/* What came before is told apart from what follows. */
static void append_title(GString *text, GMimePart *part)
{
    g_autofree char *type = part_type(part);
    g_autofree char *name = part_claimed_name(part);
    g_string_append(text, "\n--- ");
    charset_append_clean(text, type);
    g_string_append(text, name ? ", " : "");
    charset_append_clean(text, name ? name : "");
    g_string_append(text, "\n\n");
}

static void append_text_part(Rendition *rendition, GMimePart *part)
{
    GString *text = rendition->text;
    size_t room = room_in(text);
    g_autoptr(GByteArray) bytes = read_part(part, text);
    g_autofree char *charset = charset_of(part, bytes);
    g_autoptr(GString) utf8 = charset_to_utf8(bytes, charset, room);
    rendition->is_cut |= bytes->len >= room || utf8->len >= room;
    g_clear_pointer(&bytes, g_byte_array_unref);
    if (part_is_html(part))
        html_text_append(text, utf8->str);
    else
        charset_append_clean(text, utf8->str);
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
}

static void append_to_list(GString *list, GMimePart *part, unsigned number)
{
    g_autofree char *name = part_file_name(part, number);
    g_autofree char *type = part_type(part);
    g_autofree char *size = text_size(part_guess_size(part));
    charset_append_clean(list, name);
    g_string_append(list, "  (");
    charset_append_clean(list, type);
    g_string_append_printf(list, ", about %s)\n", size);
}

static void append_leaf(Rendition *rendition, GMimePart *part)
{
    rendition->leaves++;
    if (!part_is_text(part)) {
        append_to_list(rendition->others, part, rendition->leaves);
        return;
    }
    if (rendition->written++ > 0)
        append_title(rendition->text, part);
    append_text_part(rendition, part);
}

static void append_inner_message(GString *text, GMimeMessage *message)
{
    g_string_append(text, "\n--- message/rfc822\n\n");
    append_headers(text, GMIME_OBJECT(message));
}

/* Without parts, what stands before the first one is all there is. */
static void append_prologue(Rendition *rendition, GMimeMultipart *multipart)
{
    GString *text = rendition->text;
    const char *prologue = g_mime_multipart_get_prologue(multipart);
    if (!prologue || g_mime_multipart_get_count(multipart) > 0)
        return;
    size_t length = strnlen(prologue, room_in(text));
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)prologue, (guint)length);
    g_autoptr(GString) utf8 = charset_to_utf8(bytes, NULL, room_in(text));
    rendition->is_cut |= prologue[length] != '\0';
    charset_append_clean(text, utf8->str);
}

static void append_parts(Rendition *rendition, GMimeMessage *message)
{
    g_auto(PartWalk) walk = {0};
    GMimeObject *object;
    part_walk_begin(&walk, message);
    while (!is_full(rendition->text) && (object = part_walk_next(&walk))) {
        if (GMIME_IS_PART(object))
            append_leaf(rendition, GMIME_PART(object));
        else if (GMIME_IS_MULTIPART(object))
            append_prologue(rendition, GMIME_MULTIPART(object));
        else if (GMIME_IS_MESSAGE_PART(object) && g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)))
            append_inner_message(rendition->text, g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)));
    }
}

/* "Name:", as RFC 5322 has it, or the first line of an mbox. */
static bool starts_with_field(const char *start)
{
    size_t name = 0;
    while (g_ascii_isgraph(start[name]) && start[name] != ':')
        name++;
    return g_str_has_prefix(start, "From ") || (name > 0 && start[name + strspn(start + name, " \t")] == ':');
}

static bool has_header(const MailSource *source, bool *has, GError **error)
{
    char start[FIRST_LINE_BYTES + 1] = {0};
    size_t got;
    if (!source->read(source->user, 0, start, FIRST_LINE_BYTES, &got, error))
        return false;
    *has = got == 0 || starts_with_field(start);
    return true;
}

/* A message that is no mail: all of it is text. */
static bool append_source(Rendition *rendition, const MailSource *source, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, (guint)MIN(source->size, LIMIT_RENDERED_TEXT_BYTES));
    for (guint done = 0; done < bytes->len;) {
        size_t got;
        if (!source->read(source->user, done, bytes->data + done, bytes->len - done, &got, error))
            return false;
        if (got == 0)
            g_byte_array_set_size(bytes, done);
        done += (guint)got;
    }
    g_autoptr(GString) utf8 = charset_to_utf8(bytes, NULL, LIMIT_RENDERED_TEXT_BYTES);
    g_clear_pointer(&bytes, g_byte_array_unref);
    rendition->is_cut = source->size > LIMIT_RENDERED_TEXT_BYTES || utf8->len > LIMIT_RENDERED_TEXT_BYTES;
    charset_append_clean(rendition->text, utf8->str);
    return true;
}

static bool append_mail(Rendition *rendition, const MailSource *source, GError **error)
{
    g_auto(ParsedMail) mail = {0};
    mail_open(&mail, source);
    append_headers(rendition->text, GMIME_OBJECT(mail.message));
    append_parts(rendition, mail.message);
    if (rendition->others->len > 0)
        g_string_append_printf(rendition->text, "\n--- Attachments\n\n%s", rendition->others->str);
    rendition->is_cut |= is_full(rendition->text) || source->size > LIMIT_RENDER_BYTES;
    return mail_was_read(&mail, error);
}

bool mail_text_render(const MailSource *source, GString *text, GError **error)
{
    bool is_mail;
    g_autoptr(GString) others = g_string_new(NULL);
    Rendition rendition = {.text = text, .others = others};
    if (!has_header(source, &is_mail, error) || !(is_mail ? append_mail : append_source)(&rendition, source, error))
        return false;
    if (rendition.is_cut)
        g_string_append(text, CUT_NOTE);
    return true;
}
