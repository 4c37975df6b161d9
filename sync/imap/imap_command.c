#include "imap_command_parts.h"

#include <string.h>

#include "error.h"
#include "imap_base64.h"
#include "imap_status.h"

static void clear_part(void *part)
{
    wiped_bytes_clear(&((ImapCommandPart *)part)->bytes);
}

static void start_part(ImapCommand *command, size_t literal)
{
    ImapCommandPart part = {.literal = literal};
    g_array_append_val(command->parts, part);
}

static ImapCommand *command_new(ImapCommandKind kind)
{
    ImapCommand *command = g_new0(ImapCommand, 1);
    command->kind = kind;
    command->parts = g_array_new(FALSE, FALSE, sizeof(ImapCommandPart));
    g_array_set_clear_func(command->parts, clear_part);
    start_part(command, 0);
    return command;
}

void imap_command_free(ImapCommand *command)
{
    if (!command)
        return;
    g_array_unref(command->parts);
    g_free(command);
}

static WipedBytes *last_bytes(ImapCommand *command)
{
    return &g_array_index(command->parts, ImapCommandPart, command->parts->len - 1).bytes;
}

/* `text` is our own, never somebody's argument. */
static void put_text(ImapCommand *command, const char *text)
{
    wiped_bytes_append_text(last_bytes(command), text);
}

static bool fits_quoted(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (octets[i] == '\r' || octets[i] == '\n' || octets[i] >= 0x80)
            return false;
    return true;
}

static void put_quoted(ImapCommand *command, const uint8_t *octets, size_t length)
{
    WipedBytes *out = last_bytes(command);
    wiped_bytes_append(out, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if (octets[i] == '"' || octets[i] == '\\')
            wiped_bytes_append(out, "\\", 1);
        wiped_bytes_append(out, &octets[i], 1);
    }
    wiped_bytes_append(out, "\"", 1);
}

/* The only way an argument that is free text gets into a command. */
static bool put_string(ImapCommand *command, const void *octets, size_t length, GError **error)
{
    if (length > 0 && memchr(octets, 0, length))
        return mb_error_set(error, MB_ERROR_INVALID, "a text with a NUL in it cannot be sent to a mail server");
    if (fits_quoted(octets, length)) {
        put_quoted(command, octets, length);
    } else {
        start_part(command, length);
        wiped_bytes_append(last_bytes(command), octets, length);
    }
    return true;
}

/* An argument that must consist of ASCII letters, digits, and `others`; it goes as it is. */
static bool put_plain(ImapCommand *command, const char *argument, const char *others, GError **error)
{
    for (const char *at = argument; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr(others, *at))
            return mb_error_set(error, MB_ERROR_INVALID,
                                "an argument for the mail server has a character it cannot have");
    if (*argument == '\0')
        return mb_error_set(error, MB_ERROR_INVALID, "an argument for the mail server is empty");
    put_text(command, argument);
    return true;
}

static ImapCommand *command_of(ImapCommandKind kind, const char *text)
{
    ImapCommand *command = command_new(kind);
    put_text(command, text);
    return command;
}

ImapCommand *imap_command_capability(void)
{
    return command_of(IMAP_COMMAND_ORDINARY, "CAPABILITY");
}

ImapCommand *imap_command_starttls(void)
{
    return command_of(IMAP_COMMAND_STARTTLS, "STARTTLS");
}

ImapCommand *imap_command_compress(void)
{
    return command_of(IMAP_COMMAND_COMPRESS, "COMPRESS DEFLATE");
}

ImapCommand *imap_command_enable_utf8(void)
{
    return command_of(IMAP_COMMAND_ENABLE, "ENABLE UTF8=ACCEPT");
}

ImapCommand *imap_command_namespace(void)
{
    return command_of(IMAP_COMMAND_ORDINARY, "NAMESPACE");
}

ImapCommand *imap_command_quota(void)
{
    return command_of(IMAP_COMMAND_ORDINARY, "GETQUOTAROOT INBOX");
}

ImapCommand *imap_command_noop(void)
{
    return command_of(IMAP_COMMAND_ORDINARY, "NOOP");
}

ImapCommand *imap_command_logout(void)
{
    return command_of(IMAP_COMMAND_LOGOUT, "LOGOUT");
}

ImapCommand *imap_command_id(const char *name, const char *version, GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_ORDINARY, "ID (\"name\" ");
    if (!put_string(command, name, strlen(name), error))
        return NULL;
    put_text(command, " \"version\" ");
    if (!put_string(command, version, strlen(version), error))
        return NULL;
    put_text(command, ")");
    return g_steal_pointer(&command);
}

ImapCommand *imap_command_login(const char *user, const char *password, GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_LOGIN, "LOGIN ");
    if (!put_string(command, user, strlen(user), error))
        return NULL;
    put_text(command, " ");
    return put_string(command, password, strlen(password), error) ? g_steal_pointer(&command) : NULL;
}

ImapCommand *imap_command_authenticate(const char *mechanism, const void *initial, size_t initial_length,
                                       GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_AUTHENTICATE, "AUTHENTICATE ");
    if (!put_plain(command, mechanism, "-_", error))
        return NULL;
    if (initial && initial_length == 0)
        put_text(command, " ="); /* RFC 4959: present but empty */
    if (initial && initial_length > 0) {
        put_text(command, " ");
        imap_base64_append(last_bytes(command), initial, initial_length);
    }
    return g_steal_pointer(&command);
}

/* "STATUS (MESSAGES ...)" without its first word. */
static void put_status_items(ImapCommand *command, uint32_t items)
{
    static const struct {
        const char *name;
        uint32_t item;
    } names[] = {
        {"MESSAGES", IMAP_STATUS_MESSAGES},
        {"UIDNEXT", IMAP_STATUS_UIDNEXT},
        {"UIDVALIDITY", IMAP_STATUS_UIDVALIDITY},
        {"HIGHESTMODSEQ", IMAP_STATUS_HIGHESTMODSEQ},
        {"SIZE", IMAP_STATUS_SIZE},
        {"MAILBOXID", IMAP_STATUS_MAILBOXID},
    };
    const char *separator = "(";
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!(items & names[i].item))
            continue;
        put_text(command, separator);
        put_text(command, names[i].name);
        separator = " ";
    }
    put_text(command, ")");
}

ImapCommand *imap_command_list(bool special_use, uint32_t status_items)
{
    ImapCommand *command = command_of(IMAP_COMMAND_ORDINARY, "LIST \"\" \"*\"");
    if (!special_use && status_items == 0)
        return command;
    put_text(command, special_use ? " RETURN (SPECIAL-USE" : " RETURN (");
    if (status_items != 0) {
        put_text(command, special_use ? " STATUS " : "STATUS ");
        put_status_items(command, status_items);
    }
    put_text(command, ")");
    return command;
}

ImapCommand *imap_command_status(const uint8_t *name, size_t name_length, uint32_t status_items, GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_ORDINARY, "STATUS ");
    if (!put_string(command, name, name_length, error))
        return NULL;
    put_text(command, " ");
    put_status_items(command, status_items);
    return g_steal_pointer(&command);
}

ImapCommand *imap_command_examine(const uint8_t *name, size_t name_length, GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_ORDINARY, "EXAMINE ");
    return put_string(command, name, name_length, error) ? g_steal_pointer(&command) : NULL;
}

static void put_fetch_items(ImapCommand *command, uint32_t items)
{
    static const struct {
        const char *name;
        uint32_t item;
    } names[] = {
        {" FLAGS", IMAP_ITEM_FLAGS},         {" INTERNALDATE", IMAP_ITEM_INTERNALDATE},
        {" RFC822.SIZE", IMAP_ITEM_SIZE},    {" EMAILID", IMAP_ITEM_EMAILID},
        {" X-GM-MSGID", IMAP_ITEM_GM_MSGID}, {" BODY.PEEK[HEADER]", IMAP_ITEM_HEADER},
        {" BODY.PEEK[]", IMAP_ITEM_BODY},
    };
    put_text(command, " (UID");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (items & names[i].item)
            put_text(command, names[i].name);
    put_text(command, ")");
}

ImapCommand *imap_command_fetch(const char *uid_set, uint32_t items, uint64_t changed_since, GError **error)
{
    g_autoptr(ImapCommand) command = command_of(IMAP_COMMAND_ORDINARY, "UID FETCH ");
    if (!put_plain(command, uid_set, ",:*", error))
        return NULL;
    put_fetch_items(command, items);
    if (changed_since > 0) {
        g_autofree char *modifier = g_strdup_printf(" (CHANGEDSINCE %" G_GUINT64_FORMAT ")", changed_since);
        put_text(command, modifier);
    }
    return g_steal_pointer(&command);
}

ImapCommand *imap_command_fetch_sample(uint32_t uid, uint64_t offset, unsigned length)
{
    g_autofree char *text =
        g_strdup_printf("UID FETCH %" G_GUINT32_FORMAT " (UID BODY.PEEK[HEADER] BODY.PEEK[]<%" G_GUINT64_FORMAT ".%u>)",
                        uid, offset, length);
    return command_of(IMAP_COMMAND_ORDINARY, text);
}

ImapCommand *imap_command_search_all(void)
{
    return command_of(IMAP_COMMAND_ORDINARY, "UID SEARCH RETURN (ALL) ALL");
}

ImapCommand *imap_command_search_since(int64_t day, uint32_t highest, bool extended)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(day);
    g_autofree char *below =
        highest < UINT32_MAX ? g_strdup_printf("UID 1:%" G_GUINT32_FORMAT " ", highest) : g_strdup("");
    g_autofree char *text = g_strdup_printf("UID SEARCH %s%sSINCE %d-%s-%04d", extended ? "RETURN (ALL) " : "", below,
                                            g_date_time_get_day_of_month(date), months[g_date_time_get_month(date) - 1],
                                            g_date_time_get_year(date));
    return command_of(IMAP_COMMAND_ORDINARY, text);
}
