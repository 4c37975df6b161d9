#include "text.h"

#include <glib.h>
#include <string.h>

static bool is_bidi_or_invisible(uint32_t c)
{
    return c == 0x00AD || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

int text_is_unsafe(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || is_bidi_or_invisible(character);
}

static void append_escaped(GString *out, const char *from, const char *to)
{
    for (; from < to; from++)
        g_string_append_printf(out, "\\x%02x", (unsigned char)*from);
}

char *text_escape(const char *text, size_t length)
{
    GString *out = g_string_sized_new(length + 1);
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        const char *next = c >= 0x110000 || *at == '\0' ? at + 1 : g_utf8_next_char(at);
        if (c == '\\')
            g_string_append(out, "\\\\");
        else if (c >= 0x110000 || text_is_unsafe(c))
            append_escaped(out, at, next);
        else
            g_string_append_len(out, at, next - at);
        at = next;
    }
    return g_string_free(out, FALSE);
}

char *text_count(uint64_t count)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, count);
    GString *out = g_string_new(digits);
    for (gssize at = (gssize)out->len - 3; at > 0; at -= 3)
        g_string_insert_c(out, at, ',');
    return g_string_free(out, FALSE);
}

char *text_size(uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000)
        return g_strdup_printf("%u B", (unsigned)bytes);
    double value = (double)bytes / 1000;
    size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1000;
    return g_strdup_printf(value < 99.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

bool text_parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMG";
    char *end;
    size_t digits = strspn(text, "0123456789.");
    double number = digits > 0 ? g_ascii_strtod(text, &end) : 0;
    if (number <= 0 || end != text + digits)
        return false;
    const char *unit = *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
    for (const char *at = units; unit && at <= unit; at++)
        number *= 1000;
    end += unit ? 1 : 0;
    end += g_ascii_toupper(*end) == 'B' ? 1 : 0;
    if (*end || number < 1 || number > 1e18)
        return false;
    *bytes = (uint64_t)number;
    return true;
}

char *text_duration(uint64_t seconds)
{
    if (seconds < 100)
        return g_strdup_printf("%u s", (unsigned)seconds);
    if (seconds < 100 * 60)
        return g_strdup_printf("%u min", (unsigned)((seconds + 30) / 60));
    return g_strdup_printf("%" G_GUINT64_FORMAT " h %u min", seconds / 3600, (unsigned)(seconds % 3600 / 60));
}

static char *format_time(GDateTime *date, const char *format)
{
    char *text = date ? g_date_time_format(date, format) : g_strdup("?");
    if (date)
        g_date_time_unref(date);
    return text;
}

char *text_snapshot_name(int64_t time)
{
    return format_time(g_date_time_new_from_unix_utc(time), "%Y-%m-%dT%H-%M-%SZ");
}

char *text_utc(int64_t time)
{
    return format_time(g_date_time_new_from_unix_utc(time), "%Y-%m-%dT%H:%M:%SZ");
}

char *text_local(int64_t time)
{
    return format_time(g_date_time_new_from_unix_local(time), "%Y-%m-%d %H:%M:%S");
}
