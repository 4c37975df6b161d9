#include "account_settings.h"

#include <string.h>

#include "durable.h"
#include "error.h"
#include "mb_limits.h"
#include "text.h"

static const char FILE_NAME[] = "accounts";

void account_settings_free(AccountSettings *settings)
{
    if (!settings)
        return;
    g_free(settings->name);
    g_free(settings->host);
    g_free(settings->user);
    g_free(settings->password_command);
    g_free(settings->password_file);
    g_free(settings->ca_file);
    g_free(settings);
}

bool account_name_check(const char *name, GError **error)
{
    size_t length = strlen(name);
    if (length == 0 || length > LIMIT_ACCOUNT_NAME_BYTES)
        return mb_error_set(error, MB_ERROR_INVALID, "an account name has 1 to %d bytes", LIMIT_ACCOUNT_NAME_BYTES);
    if (strchr(".- ", name[0]))
        return mb_error_set(error, MB_ERROR_INVALID, "an account name cannot start with '%c'", name[0]);
    if (!g_utf8_validate(name, (gssize)length, NULL))
        return mb_error_set(error, MB_ERROR_INVALID, "an account name must be UTF-8");
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (*at == '/' || text_is_unsafe(g_utf8_get_char(at)))
            return mb_error_set(error, MB_ERROR_INVALID,
                                "an account name cannot contain '/', control or invisible characters");
    return true;
}

/* A group name cannot hold brackets; an account name can. */
static char *group_of(const char *name)
{
    return g_uri_escape_string(name, "@+=,;:!()", TRUE);
}

static char *file_path(const char *repository_path)
{
    return g_build_filename(repository_path, FILE_NAME, NULL);
}

static GKeyFile *load_file(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;
    if (g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, &cause) ||
        g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer(&file);
    mb_error_set(error, cause->domain == G_KEY_FILE_ERROR ? MB_ERROR_INVALID : MB_ERROR_SYSTEM, "cannot read %s: %s",
                 path, cause->message);
    return NULL;
}

static bool read_tls(GKeyFile *file, const char *group, AccountSettings *settings, GError **error)
{
    g_autofree char *tls = g_key_file_get_string(file, group, "tls", NULL);
    settings->tls = g_strcmp0(tls, "starttls") == 0 ? TLS_STARTTLS : TLS_IMPLICIT;
    if (settings->tls == TLS_STARTTLS || !tls || strcmp(tls, "implicit") == 0)
        return true;
    return mb_error_set(error, MB_ERROR_INVALID, "tls is neither implicit nor starttls");
}

static bool read_port(GKeyFile *file, const char *group, AccountSettings *settings, GError **error)
{
    settings->port = settings->tls == TLS_STARTTLS ? 143 : 993;
    if (!g_key_file_has_key(file, group, "port", NULL))
        return true;
    int port = g_key_file_get_integer(file, group, "port", NULL);
    if (port < 1 || port > UINT16_MAX)
        return mb_error_set(error, MB_ERROR_INVALID, "port is not between 1 and %d", UINT16_MAX);
    settings->port = (uint16_t)port;
    return true;
}

static bool is_text(const char *value)
{
    return value && *value && g_utf8_validate(value, -1, NULL);
}

static bool settings_check(const AccountSettings *settings, GError **error)
{
    if (!account_name_check(settings->name, error))
        return false;
    if (!is_text(settings->host) || !is_text(settings->user))
        return mb_error_set(error, MB_ERROR_INVALID, "host and user must be there and be UTF-8");
    return true;
}

static AccountSettings *read_group(GKeyFile *file, const char *group, GError **error)
{
    g_autoptr(AccountSettings) settings = g_new0(AccountSettings, 1);
    settings->name = g_uri_unescape_string(group, NULL);
    settings->host = g_key_file_get_string(file, group, "host", NULL);
    settings->user = g_key_file_get_string(file, group, "user", NULL);
    settings->password_command = g_key_file_get_string(file, group, "password-command", NULL);
    settings->password_file = g_key_file_get_string(file, group, "password-file", NULL);
    settings->ca_file = g_key_file_get_string(file, group, "ca-file", NULL);
    if (!settings->name || !settings_check(settings, error) || !read_tls(file, group, settings, error) ||
        !read_port(file, group, settings, error)) {
        if (!settings->name)
            mb_error_set(error, MB_ERROR_INVALID, "the name is not an account's");
        return NULL;
    }
    return g_steal_pointer(&settings);
}

GPtrArray *account_settings_load(const char *repository_path, GError **error)
{
    g_autofree char *path = file_path(repository_path);
    g_autoptr(GKeyFile) file = load_file(path, error);
    if (!file)
        return NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_settings_free);
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group; group++) {
        AccountSettings *settings = read_group(file, *group, error);
        if (!settings) {
            g_prefix_error(error, "%s, [%s]: ", path, *group);
            return NULL;
        }
        g_ptr_array_add(accounts, settings);
    }
    return g_steal_pointer(&accounts);
}

static void set_or_remove(GKeyFile *file, const char *group, const char *key, const char *value)
{
    if (value)
        g_key_file_set_string(file, group, key, value);
    else
        g_key_file_remove_key(file, group, key, NULL);
}

static void write_group(GKeyFile *file, const AccountSettings *settings)
{
    g_autofree char *group = group_of(settings->name);
    g_key_file_set_string(file, group, "host", settings->host);
    g_key_file_set_integer(file, group, "port", settings->port);
    g_key_file_set_string(file, group, "tls", settings->tls == TLS_STARTTLS ? "starttls" : "implicit");
    g_key_file_set_string(file, group, "user", settings->user);
    set_or_remove(file, group, "password-command", settings->password_command);
    set_or_remove(file, group, "password-file", settings->password_file);
    set_or_remove(file, group, "ca-file", settings->ca_file);
}

bool account_settings_save(const char *repository_path, const AccountSettings *settings, GError **error)
{
    if (!settings_check(settings, error))
        return false;
    g_autofree char *path = file_path(repository_path);
    g_autoptr(GKeyFile) file = load_file(path, error);
    if (!file)
        return false;
    write_group(file, settings);
    size_t length = 0;
    g_autofree char *text = g_key_file_to_data(file, &length, NULL);
    return durable_replace_file(path, text, length, 0600, error);
}
