#include "imap_date.h"

#include <glib.h>
#include <string.h>

#define HIGHEST_ZONE_HOUR 15 /* nobody lives farther from UTC than 14 hours */

typedef struct {
    ImapData left;
    bool failed;
} DateText;

static void drop(DateText *text, size_t length)
{
    text->left.bytes += length;
    text->left.length -= length;
}

static bool accept(DateText *text, char octet)
{
    if (text->left.length == 0 || text->left.bytes[0] != (uint8_t)octet)
        return false;
    drop(text, 1);
    return true;
}

static void expect(DateText *text, char octet)
{
    if (!accept(text, octet))
        text->failed = true;
}

static int take_number(DateText *text, unsigned most_digits, int highest)
{
    int value = 0;
    unsigned digits = 0;
    while (digits < most_digits && text->left.length > 0 && g_ascii_isdigit((char)text->left.bytes[0])) {
        value = value * 10 + (text->left.bytes[0] - '0');
        drop(text, 1);
        digits++;
    }
    if (digits == 0 || value > highest)
        text->failed = true;
    return value;
}

static int take_month(DateText *text)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int month = 0; text->left.length >= 3 && month < 12; month++) {
        if (imap_data_is((ImapData){text->left.bytes, 3}, names[month])) {
            drop(text, 3);
            return month + 1;
        }
    }
    text->failed = true;
    return 0;
}

/* Seconds east of UTC. */
static int take_zone(DateText *text)
{
    bool west = accept(text, '-');
    if (!west)
        expect(text, '+');
    int hours = take_number(text, 2, HIGHEST_ZONE_HOUR);
    int minutes = take_number(text, 2, 59);
    int seconds = (hours * 60 + minutes) * 60;
    return west ? -seconds : seconds;
}

bool imap_date_parse(ImapData text, int64_t *time)
{
    DateText date = {.left = text};
    while (accept(&date, ' '))
        ;
    int day = take_number(&date, 2, 31);
    expect(&date, '-');
    int month = take_month(&date);
    expect(&date, '-');
    int year = take_number(&date, 4, 9999);
    expect(&date, ' ');
    int hour = take_number(&date, 2, 23);
    expect(&date, ':');
    int minute = take_number(&date, 2, 59);
    expect(&date, ':');
    int second = take_number(&date, 2, 60);
    expect(&date, ' ');
    int zone = take_zone(&date);
    if (date.failed || date.left.length > 0 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    g_autoptr(GDateTime) moment = g_date_time_new_utc(year, month, day, hour, minute, MIN(second, 59));
    if (moment)
        *time = g_date_time_to_unix(moment) - zone;
    return moment != NULL;
}
