#include "tree_style.h"

#include <string.h>

#include "error.h"
#include "text.h"

#define LOCAL_DATE_FORMAT "%Y-%m-%dT%H-%M-%S%z"
#define DATE_NAME_AT_MOST 100u /* bytes */
#define DAY_S 86400
#define HOUR_S 3600
#define DAYS_TRIED 1500 /* some years: each has its days when clocks are set back */

static bool refuse_dates(GError **error, const TreeStyle *style, const char *why)
{
    return mb_error_set(error, MB_ERROR_INVALID, "datefmt=%s %s", style->date_format, why);
}

static bool is_name_of_snapshot(const TreeStyle *style, const char *name, GError **error)
{
    if (*name == '\0' || *name == '.' || strchr(name, '/') || g_str_equal(name, "latest"))
        return refuse_dates(error, style, "makes no names for directories");
    if (strlen(name) > DATE_NAME_AT_MOST || !g_utf8_validate(name, -1, NULL))
        return refuse_dates(error, style, "makes names that are too long or not UTF-8");
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (text_is_unsafe(g_utf8_get_char(at)) || (style->names == NAMES_WINDOWS && strchr("<>:\"\\|?*", *at)))
            return refuse_dates(error, style, "makes names with characters that cannot stand there");
    return true;
}

static bool leads_back(const TreeStyle *style, int64_t time, GError **error)
{
    int64_t found;
    g_autofree char *name = tree_snapshot_name(style, time);
    if (!is_name_of_snapshot(style, name, error))
        return false;
    return (tree_snapshot_name_time(style, name, &found) && found == time) ||
           refuse_dates(error, style, "does not tell the date and the time to the second, as %Y-%m-%d_%H-%M-%S does");
}

/* When clocks are set back an hour comes twice: then names must tell which. */
static bool tells_hours_apart(const TreeStyle *style, int64_t day, GError **error)
{
    for (int64_t time = day; time < day + DAY_S; time += HOUR_S) {
        g_autofree char *name = tree_snapshot_name(style, time);
        g_autofree char *next = tree_snapshot_name(style, time + HOUR_S);
        if (g_str_equal(name, next))
            return refuse_dates(error, style, "names two hours alike when clocks are set back; %z makes them differ");
    }
    return true;
}

static long offset_from_utc(int64_t time)
{
    time_t moment = (time_t)time;
    struct tm date;
    return localtime_r(&moment, &date) ? date.tm_gmtoff : 0;
}

static bool check_dates(const TreeStyle *style, GError **error)
{
    static const int64_t samples[] = {1234567890, 1700000000, 1795324440, 1798761599, 1798761600};
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        if (!leads_back(style, samples[i], error))
            return false;
    int64_t day = samples[0];
    for (int i = 0; style->local_time && i < DAYS_TRIED; i++, day += DAY_S)
        if (offset_from_utc(day) > offset_from_utc(day + DAY_S) && !tells_hours_apart(style, day, error))
            return false;
    return true;
}

static bool check_maildir(const TreeOptions *options, GError **error)
{
    if (options->text)
        return mb_error_set(error, MB_ERROR_INVALID, "layout=maildir shows messages as they are: not view=text");
    if (options->names == NAMES_WINDOWS)
        return mb_error_set(error, MB_ERROR_INVALID, "names of a Maildir have colons: not names=windows");
    return true;
}

bool tree_style_init(TreeStyle *style, const TreeOptions *options, GError **error)
{
    const char *format = options->date_format;
    if (!format && options->local_time)
        format = LOCAL_DATE_FORMAT;
    *style = (TreeStyle){.layout = options->layout,
                         .names = options->names,
                         .local_time = options->local_time,
                         .text = options->text,
                         .date_format = g_strdup(format)};
    if (style->layout == LAYOUT_MAILDIR && !check_maildir(options, error))
        return false;
    return !style->date_format || check_dates(style, error);
}

void tree_style_clear(TreeStyle *style)
{
    g_clear_pointer(&style->date_format, g_free);
}
