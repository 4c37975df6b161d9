#include "traffic.h"

#include "durable.h"

static const char FILE_NAME[] = "traffic", KEY_DAY[] = "day", KEY_BYTES[] = "bytes", KEY_BUDGET[] = "budget";

static char *today(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%d");
}

/* One that cannot be read is as good as none. */
static GKeyFile *load(const char *path)
{
    GKeyFile *file = g_key_file_new();
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    return file;
}

/* A group name cannot hold brackets; an account name can. */
static char *group_of(const char *account)
{
    return g_uri_escape_string(account, "@+=,;:!()", TRUE);
}

TrafficDay traffic_today(const char *repository_path, const char *account)
{
    g_autofree char *path = g_build_filename(repository_path, FILE_NAME, NULL);
    g_autofree char *group = group_of(account);
    g_autofree char *day = today();
    g_autoptr(GKeyFile) file = load(path);
    g_autofree char *noted = g_key_file_get_string(file, group, KEY_DAY, NULL);
    if (g_strcmp0(noted, day) != 0)
        return (TrafficDay){0};
    return (TrafficDay){.bytes = g_key_file_get_uint64(file, group, KEY_BYTES, NULL),
                        .budget = g_key_file_get_uint64(file, group, KEY_BUDGET, NULL)};
}

bool traffic_note(const char *repository_path, const char *account, const TrafficDay *traffic, GError **error)
{
    g_autofree char *path = g_build_filename(repository_path, FILE_NAME, NULL);
    g_autofree char *group = group_of(account);
    g_autofree char *day = today();
    g_autoptr(GKeyFile) file = load(path);
    g_key_file_set_string(file, group, KEY_DAY, day);
    g_key_file_set_uint64(file, group, KEY_BYTES, traffic->bytes);
    g_key_file_set_uint64(file, group, KEY_BUDGET, traffic->budget);
    gsize length;
    g_autofree char *text = g_key_file_to_data(file, &length, NULL);
    return durable_replace_file(path, text, length, 0600, error);
}
