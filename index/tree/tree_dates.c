#include <string.h>
#include <time.h>

#include "text.h"
#include "tree_style.h"

char *tree_snapshot_name(const TreeStyle *style, int64_t time)
{
    if (!style->date_format)
        return text_snapshot_name(time);
    g_autoptr(GDateTime) date =
        style->local_time ? g_date_time_new_from_unix_local(time) : g_date_time_new_from_unix_utc(time);
    char *name = date ? g_date_time_format(date, style->date_format) : NULL;
    return name ? name : g_strdup("");
}

/* What strptime() found, as seconds since 1970. */
static int64_t time_of(const TreeStyle *style, struct tm *date)
{
    long offset = date->tm_gmtoff;
    if (strstr(style->date_format, "%z"))
        return timegm(date) - offset;
    return style->local_time ? mktime(date) : timegm(date);
}

bool tree_snapshot_name_time(const TreeStyle *style, const char *name, int64_t *time)
{
    static const TreeStyle usual = {.date_format = (char *)"%Y-%m-%dT%H-%M-%SZ"};
    struct tm date = {.tm_mday = 1, .tm_isdst = -1};
    const TreeStyle *dates = style->date_format ? style : &usual;
    const char *end = strptime(name, dates->date_format, &date);
    if (!end || *end)
        return false;
    *time = time_of(dates, &date);
    g_autofree char *again = tree_snapshot_name(style, *time);
    return g_str_equal(again, name);
}
