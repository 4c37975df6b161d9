#include "traffic.h"

#include "account_notes.h"
#include "durable.h"

static const char FILE_NAME[] = "traffic", KEY_DAY[] = "day", KEY_BYTES[] = "bytes", KEY_BUDGET[] = "budget";

static char *today(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%d");
}

TrafficDay traffic_today(const char *repository_path, const char *account)
{
    g_auto(AccountNotes) notes = account_notes_load(repository_path, FILE_NAME, account);
    g_autofree char *day = today();
    g_autofree char *noted = g_key_file_get_string(notes.file, notes.group, KEY_DAY, NULL);
    if (g_strcmp0(noted, day) != 0)
        return (TrafficDay){0};
    return (TrafficDay){.bytes = g_key_file_get_uint64(notes.file, notes.group, KEY_BYTES, NULL),
                        .budget = g_key_file_get_uint64(notes.file, notes.group, KEY_BUDGET, NULL)};
}

bool traffic_note(const char *repository_path, const char *account, const TrafficDay *traffic, GError **error)
{
    g_auto(AccountNotes) notes = account_notes_load(repository_path, FILE_NAME, account);
    g_autofree char *day = today();
    g_key_file_set_string(notes.file, notes.group, KEY_DAY, day);
    g_key_file_set_uint64(notes.file, notes.group, KEY_BYTES, traffic->bytes);
    g_key_file_set_uint64(notes.file, notes.group, KEY_BUDGET, traffic->budget);
    gsize length;
    g_autofree char *text = g_key_file_to_data(notes.file, &length, NULL);
    return durable_replace_file(notes.path, text, length, 0600, error);
}
