#include "account_settings.h"

#include <string.h>

#include "durable.h"
#include "error.h"
#include "mb_limits.h"
#include "text.h"

static const char FILE_NAME[] = "accounts";
static const char KEY_CONNECTIONS[] = "max-connections", KEY_RATE[] = "limit-rate", KEY_PER_DAY[] = "max-bytes-per-day";

/* The settings that are texts or missing. */
static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"host", G_STRUCT_OFFSET(AccountSettings, host)},
    {"user", G_STRUCT_OFFSET(AccountSettings, user)},
    {"password-command", G_STRUCT_OFFSET(AccountSettings, password_command)},
    {"password-file", G_STRUCT_OFFSET(AccountSettings, password_file)},
    {"token-command", G_STRUCT_OFFSET(AccountSettings, token_command)},
    {"auth", G_STRUCT_OFFSET(AccountSettings, auth)},
    {"ca-file", G_STRUCT_OFFSET(AccountSettings, ca_file)},
    {"pins", G_STRUCT_OFFSET(AccountSettings, pins)},
    {"client-certificate", G_STRUCT_OFFSET(AccountSettings, client_certificate)},
    {"client-key", G_STRUCT_OFFSET(AccountSettings, client_key)},
    {"plaintext-to", G_STRUCT_OFFSET(AccountSettings, plaintext_to)},
};

const char *const tls_mode_names[] = {"implicit", "starttls", "none", NULL};
const char *const compress_mode_names[] = {"auto", "on", "off", NULL};

static char **text_of(const AccountSettings *settings, size_t index)
{
    return &G_STRUCT_MEMBER(char *, settings, texts[index].offset);
}

void account_settings_free(AccountSettings *settings)
{
    if (!settings)
        return;
    g_free(settings->name);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*text_of(settings, i));
    g_strfreev(settings->mailboxes);
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

/* The number of a key's word in `names`; 0 when the key is missing. */
static bool read_choice(GKeyFile *file, const char *group, const char *key, const char *const *names, unsigned *choice,
                        GError **error)
{
    g_autofree char *word = g_key_file_get_string(file, group, key, NULL);
    *choice = 0;
    if (!word)
        return true;
    while (names[*choice] && strcmp(names[*choice], word) != 0)
        ++*choice;
    if (names[*choice])
        return true;
    g_autofree char *known = g_strjoinv(", ", (char **)(uintptr_t)names);
    return mb_error_set(error, MB_ERROR_INVALID, "%s is none of %s", key, known);
}

static bool read_choices(GKeyFile *file, const char *group, AccountSettings *settings, GError **error)
{
    unsigned tls, compress;
    if (!read_choice(file, group, "tls", tls_mode_names, &tls, error) ||
        !read_choice(file, group, "compress", compress_mode_names, &compress, error))
        return false;
    settings->tls = tls;
    settings->compress = compress;
    settings->shared = g_key_file_get_boolean(file, group, "shared", NULL);
    settings->mailboxes = g_key_file_get_string_list(file, group, "mailboxes", NULL, NULL);
    return true;
}

static bool read_port(GKeyFile *file, const char *group, AccountSettings *settings, GError **error)
{
    settings->port = settings->tls == TLS_IMPLICIT ? 993 : 143;
    if (!g_key_file_has_key(file, group, "port", NULL))
        return true;
    int port = g_key_file_get_integer(file, group, "port", NULL);
    if (port < 1 || port > UINT16_MAX)
        return mb_error_set(error, MB_ERROR_INVALID, "port is not between 1 and %d", UINT16_MAX);
    settings->port = (uint16_t)port;
    return true;
}

static void read_limits(GKeyFile *file, const char *group, SpeedLimits *limits)
{
    guint64 connections = g_key_file_get_uint64(file, group, KEY_CONNECTIONS, NULL);
    limits->connections = (unsigned)MIN(connections, UINT_MAX);
    limits->bytes_per_second = g_key_file_get_uint64(file, group, KEY_RATE, NULL);
    limits->bytes_per_day = g_key_file_get_uint64(file, group, KEY_PER_DAY, NULL);
}

static bool is_pin(const char *text)
{
    static const char prefix[] = "sha256//";
    size_t length = 0;
    if (!g_str_has_prefix(text, prefix))
        return false;
    g_autofree guchar *digest = g_base64_decode(text + strlen(prefix), &length);
    g_autofree char *again = g_base64_encode(digest, length);
    return length == 32 && strcmp(again, text + strlen(prefix)) == 0;
}

bool account_pins_check(const char *pins, GError **error)
{
    g_auto(GStrv) each = g_strsplit(pins, ",", -1);
    bool good = *pins != '\0';
    for (char **pin = each; *pin; pin++)
        good = good && is_pin(*pin);
    return good ||
           mb_error_set(error, MB_ERROR_INVALID, "a pin is sha256// and the base64 of the SHA-256 of a public key");
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
    return !settings->pins || account_pins_check(settings->pins, error);
}

static AccountSettings *read_group(GKeyFile *file, const char *group, GError **error)
{
    g_autoptr(AccountSettings) settings = g_new0(AccountSettings, 1);
    settings->name = g_uri_unescape_string(group, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *text_of(settings, i) = g_key_file_get_string(file, group, texts[i].key, NULL);
    if (!settings->name || !settings_check(settings, error) || !read_choices(file, group, settings, error) ||
        !read_port(file, group, settings, error)) {
        if (!settings->name)
            mb_error_set(error, MB_ERROR_INVALID, "the name is not an account's");
        return NULL;
    }
    read_limits(file, group, &settings->limits);
    return g_steal_pointer(&settings);
}

bool account_settings_without_password(const AccountSettings *settings)
{
    return settings->client_certificate && !settings->password_command && !settings->password_file &&
           !settings->token_command;
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

static void set_or_remove_number(GKeyFile *file, const char *group, const char *key, uint64_t value)
{
    if (value)
        g_key_file_set_uint64(file, group, key, value);
    else
        g_key_file_remove_key(file, group, key, NULL);
}

static void write_group(GKeyFile *file, const AccountSettings *settings)
{
    g_autofree char *group = group_of(settings->name);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        set_or_remove(file, group, texts[i].key, *text_of(settings, i));
    g_key_file_set_integer(file, group, "port", settings->port);
    g_key_file_set_string(file, group, "tls", tls_mode_names[settings->tls]);
    set_or_remove(file, group, "compress", settings->compress ? compress_mode_names[settings->compress] : NULL);
    set_or_remove(file, group, "shared", settings->shared ? "true" : NULL);
    if (settings->mailboxes)
        g_key_file_set_string_list(file, group, "mailboxes", (const char *const *)settings->mailboxes,
                                   g_strv_length(settings->mailboxes));
    else
        g_key_file_remove_key(file, group, "mailboxes", NULL);
    set_or_remove_number(file, group, KEY_CONNECTIONS, settings->limits.connections);
    set_or_remove_number(file, group, KEY_RATE, settings->limits.bytes_per_second);
    set_or_remove_number(file, group, KEY_PER_DAY, settings->limits.bytes_per_day);
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
