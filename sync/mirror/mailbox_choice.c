#include "mailbox_choice.h"

#include <string.h>

#include "error.h"
#include "mail_types.h"

typedef struct {
    MailboxChoice choice;
    const char *pattern;
} Rule;

/* "2024-01-31:" */
static bool read_day(const char *text, int64_t *day, const char **rest)
{
    enum { DAY_LENGTH = 10 };
    if (strlen(text) <= DAY_LENGTH || text[DAY_LENGTH] != ':')
        return false;
    g_autofree char *iso = g_strdup_printf("%.*sT00:00:00Z", DAY_LENGTH, text);
    g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(iso, NULL);
    *day = date ? g_date_time_to_unix(date) : 0;
    *rest = text + DAY_LENGTH + 1;
    return date != NULL;
}

static bool read_rule(const char *text, Rule *rule)
{
    static const char headers[] = "headers:", since[] = "since=";
    *rule = (Rule){.pattern = text};
    if (*text == '!') {
        rule->choice.kind = CHOICE_NONE;
        rule->pattern = text + 1;
    } else if (g_str_has_prefix(text, headers)) {
        rule->choice.kind = CHOICE_HEADERS;
        rule->pattern = text + strlen(headers);
    } else if (g_str_has_prefix(text, since)) {
        rule->choice.kind = CHOICE_SINCE;
        if (!read_day(text + strlen(since), &rule->choice.since, &rule->pattern))
            return false;
    }
    return *rule->pattern != '\0';
}

static const struct {
    const char *name;
    uint32_t attribute;
} special_uses[] = {{"\\All", MAILBOX_ALL},         {"\\Archive", MAILBOX_ARCHIVE}, {"\\Drafts", MAILBOX_DRAFTS},
                    {"\\Flagged", MAILBOX_FLAGGED}, {"\\Junk", MAILBOX_JUNK},       {"\\Sent", MAILBOX_SENT},
                    {"\\Trash", MAILBOX_TRASH}};

/* 0: it is no special use. */
static uint32_t special_use(const char *pattern)
{
    for (size_t i = 0; i < G_N_ELEMENTS(special_uses); i++)
        if (g_ascii_strcasecmp(pattern, special_uses[i].name) == 0)
            return special_uses[i].attribute;
    return 0;
}

bool mailbox_rule_check(const char *text, GError **error)
{
    Rule rule;
    if (!g_utf8_validate(text, -1, NULL) || !read_rule(text, &rule))
        return mb_error_set(error, MB_ERROR_INVALID,
                            "“%s” is no rule for mailboxes: PATTERN, !PATTERN, headers:PATTERN or "
                            "since=YYYY-MM-DD:PATTERN",
                            text);
    if (*rule.pattern == '\\' && special_use(rule.pattern) == 0)
        return mb_error_set(error, MB_ERROR_INVALID,
                            "“%s” is no special use: \\All, \\Archive, \\Drafts, \\Flagged, "
                            "\\Junk, \\Sent, \\Trash",
                            rule.pattern);
    return true;
}

/* Greedy with one way back to each last wildcard: linear in practice, never worse than the product of both lengths. */
static bool fits(const char *pattern, const char *name, char delimiter)
{
    const char *back_pattern = NULL, *back_name = NULL;
    while (*name) {
        if (*pattern == '*' || *pattern == '%') {
            back_pattern = pattern++;
            back_name = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (back_pattern && !(*back_pattern == '%' && *back_name == delimiter)) {
            pattern = back_pattern + 1;
            name = ++back_name;
        } else {
            return false;
        }
    }
    while (*pattern == '*' || *pattern == '%')
        pattern++;
    return *pattern == '\0';
}

static bool rule_fits(const Rule *rule, const char *name, char delimiter, uint32_t attributes)
{
    if (*rule->pattern == '\\')
        return (attributes & special_use(rule->pattern)) != 0;
    if (g_ascii_strcasecmp(name, "INBOX") == 0 && g_ascii_strcasecmp(rule->pattern, "INBOX") == 0)
        return true;
    return fits(rule->pattern, name, delimiter);
}

MailboxChoice mailbox_choose(char *const *rules, const char *name, char delimiter, uint32_t attributes)
{
    MailboxChoice choice = {.kind = CHOICE_WHOLE};
    Rule rule;
    for (; rules && *rules; rules++)
        if (read_rule(*rules, &rule) && rule_fits(&rule, name, delimiter, attributes))
            choice = rule.choice;
    return choice;
}
