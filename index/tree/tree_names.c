#include <stdio.h>
#include <string.h>
#include <time.h>

#include "digest.h"
#include "mailbox_name.h"
#include "text.h"
#include "tree_style.h"

#define DIRECTORY_NAME_AT_MOST 200 /* bytes before a name is cut and marked by a hash */
#define LAST_TIME_OF_YEAR_9999 253402300799
#define ATTACHMENTS_SUFFIX ".eml.d"

static const char *suffix_of(const TreeStyle *style)
{
    return style->text ? ".txt" : ".eml";
}

static void append_percent(GString *out, const char *from, const char *to)
{
    for (; from < to; from++)
        g_string_append_printf(out, "%%%02X", (unsigned char)*from);
}

/* What goes into a name: one character and where it stands. */
typedef struct {
    gunichar code;
    bool first;
    bool last;
    bool raw; /* of a name that is no modified UTF-7 */
} NameCharacter;

static bool must_escape(const TreeStyle *style, const NameCharacter *character)
{
    gunichar c = character->code;
    if (c == '%' || c == '/' || text_is_unsafe(c))
        return true;
    if (character->raw && c == '&') /* what looks like modified UTF-7 and is not must not pass for a decoded name */
        return true;
    if (character->first && (c == '.' || c == '-' || c == ' '))
        return true;
    if (style->names == NAMES_WINDOWS && ((c < 0x80 && strchr("<>:\"\\|?*", (int)c)) || (character->last && c == '.')))
        return true;
    return character->last && c == ' ';
}

/* NULL when it has none. Caller frees. */
static char *ascii_of(const char *from, const char *to)
{
    g_autofree char *character = g_strndup(from, (gsize)(to - from));
    g_autofree char *ascii = g_str_to_ascii(character, "C");
    return strpbrk(ascii, "?/%") ? NULL : g_steal_pointer(&ascii);
}

static void append_character(GString *out, const TreeStyle *style, const char *from, const char *to)
{
    if (style->names != NAMES_ASCII || to == from + 1) {
        g_string_append_len(out, from, to - from);
        return;
    }
    g_autofree char *ascii = ascii_of(from, to);
    if (ascii)
        g_string_append(out, ascii);
    else
        append_percent(out, from, to);
}

static void append_escaped(GString *out, const TreeStyle *style, const char *text, size_t length, bool raw)
{
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        bool valid = c < 0x110000 && *at != '\0';
        const char *next = valid ? g_utf8_next_char(at) : at + 1;
        const NameCharacter character = {c, at == text, next == end, raw};
        if (!valid || must_escape(style, &character))
            append_percent(out, at, next);
        else
            append_character(out, style, at, next);
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

/* Names of devices, whatever follows behind a dot. */
static bool is_windows_device(const char *name)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "COM", "LPT"};
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        bool numbered = i >= 4;
        if (g_ascii_strncasecmp(name, devices[i], 3) == 0 && length == (numbered ? 4u : 3u) &&
            (!numbered || g_ascii_isdigit(name[3])))
            return true;
    }
    return false;
}

static bool is_maildir_part(const char *name)
{
    return g_str_equal(name, "cur") || g_str_equal(name, "new") || g_str_equal(name, "tmp");
}

static void escape_at(GString *name, gsize at)
{
    g_autofree char *escaped = g_strdup_printf("%%%02X", (unsigned char)name->str[at]);
    g_string_erase(name, (gssize)at, 1);
    g_string_insert(name, (gssize)at, escaped);
}

static void avoid_taken_names(GString *name, const TreeStyle *style)
{
    const char *const suffixes[] = {suffix_of(style), ATTACHMENTS_SUFFIX};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(name->str, suffixes[i]))
            escape_at(name, name->len - strlen(suffixes[i]));
    if ((style->layout == LAYOUT_MAILDIR && is_maildir_part(name->str)) ||
        (style->names == NAMES_WINDOWS && is_windows_device(name->str)))
        escape_at(name, 0);
    if (name->len == 0)
        g_string_append_c(name, '%');
    if (strchr(".- ", name->str[0])) /* behind what has no letter in ASCII */
        escape_at(name, 0);
}

char *tree_directory_name(const TreeStyle *style, const uint8_t *level, size_t length)
{
    GString *name = g_string_new(NULL);
    g_autofree char *decoded = mailbox_name_decode(level, length);
    if (decoded)
        append_escaped(name, style, decoded, strlen(decoded), false);
    else
        append_escaped(name, style, (const char *)level, length, true);
    avoid_taken_names(name, style);
    shorten(name, level, length);
    return g_string_free(name, FALSE);
}

char *tree_directory_key(const TreeStyle *style, const char *name)
{
    g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);
    return style->names == NAMES_WINDOWS ? g_utf8_casefold(normal, -1) : g_steal_pointer(&normal);
}

static struct tm date_of(const TreeStyle *style, int64_t internaldate)
{
    time_t time = (time_t)CLAMP(internaldate, 0, LAST_TIME_OF_YEAR_9999);
    struct tm date;
    if (style->local_time)
        localtime_r(&time, &date);
    else
        gmtime_r(&time, &date);
    return date;
}

static void eml_name(const TreeStyle *style, const MessageRow *row, const char *suffix, char name[TREE_NAME_SIZE])
{
    struct tm date = date_of(style, row->internaldate);
    g_autofree char *ascii = NULL;
    if (style->names == NAMES_ASCII) {
        g_autofree char *text = g_strndup(row->name, row->name_length);
        ascii = g_strdelimit(g_str_to_ascii(text, "C"), "?/", '-');
    }
    const char *shown = ascii ? ascii : row->name;
    int length = ascii ? (int)MIN(strlen(ascii), row->name_length) : (int)row->name_length;
    snprintf(name, TREE_NAME_SIZE, "%04d-%02d-%02d_%02d%02d_%.*s.%u%s", date.tm_year + 1900, date.tm_mon + 1,
             date.tm_mday, date.tm_hour, date.tm_min, length, shown, row->uid, suffix);
}

static bool has_keyword(const MessageRow *row, const char *wanted)
{
    if (row->keywords_length == 0)
        return false;
    g_autofree char *keywords = g_strndup(row->keywords, row->keywords_length);
    g_auto(GStrv) words = g_strsplit(keywords, " ", -1);
    for (char **word = words; *word; word++)
        if (g_ascii_strcasecmp(*word, wanted) == 0)
            return true;
    return false;
}

/* https://cr.yp.to/proto/maildir.html: letters in the order of the alphabet. */
static void maildir_name(const MessageRow *row, char name[TREE_NAME_SIZE])
{
    const struct {
        char letter;
        bool set;
    } flags[] = {{'D', row->flags & FLAG_DRAFT},        {'F', row->flags & FLAG_FLAGGED},
                 {'P', has_keyword(row, "$Forwarded")}, {'R', row->flags & FLAG_ANSWERED},
                 {'S', row->flags & FLAG_SEEN},         {'T', row->flags & FLAG_DELETED}};
    char letters[G_N_ELEMENTS(flags) + 1] = {0};
    for (size_t i = 0, used = 0; i < G_N_ELEMENTS(flags); i++)
        if (flags[i].set)
            letters[used++] = flags[i].letter;
    snprintf(name, TREE_NAME_SIZE, "%" G_GINT64_FORMAT ".U%u.mailbackup,S=%" G_GUINT64_FORMAT ":2,%s",
             MAX(row->internaldate, 0), row->uid, row->size, letters);
}

void tree_message_name(const TreeStyle *style, const MessageRow *row, char name[TREE_NAME_SIZE])
{
    if (style->layout == LAYOUT_MAILDIR)
        maildir_name(row, name);
    else
        eml_name(style, row, suffix_of(style), name);
}

void tree_attachments_name(const TreeStyle *style, const MessageRow *row, char name[TREE_NAME_SIZE])
{
    eml_name(style, row, ATTACHMENTS_SUFFIX, name);
}

static uint32_t number_of(const char *digits, const char *end)
{
    if (digits == end || end - digits > 10)
        return 0;
    guint64 uid = g_ascii_strtoull(digits, NULL, 10);
    return uid <= UINT32_MAX ? (uint32_t)uid : 0;
}

static uint32_t uid_before(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    if (length >= TREE_NAME_SIZE || !g_str_has_suffix(name, suffix))
        return 0;
    const char *end = name + length - strlen(suffix), *digits = end;
    while (digits > name && g_ascii_isdigit(digits[-1]))
        digits--;
    return digits > name && digits[-1] == '.' ? number_of(digits, end) : 0;
}

static uint32_t uid_of_maildir_name(const char *name)
{
    const char *digits = strstr(name, ".U");
    return digits ? number_of(digits + 2, digits + 2 + strspn(digits + 2, "0123456789")) : 0;
}

uint32_t tree_message_name_uid(const TreeStyle *style, const char *name)
{
    return style->layout == LAYOUT_MAILDIR ? uid_of_maildir_name(name) : uid_before(name, suffix_of(style));
}

uint32_t tree_attachments_name_uid(const TreeStyle *style, const char *name)
{
    return style->layout == LAYOUT_MAILDIR ? 0 : uid_before(name, ATTACHMENTS_SUFFIX);
}
