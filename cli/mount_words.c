#include "mount_words.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>

#include "error.h"

/* What mount(8) and fstab may say of any file system. What they ask is so anyway (ro, nosuid) or cannot be (rw). */
static const char generic_words[] = "ro rw suid nosuid dev nodev exec noexec sync async dirsync atime noatime relatime "
                                    "norelatime strictatime nostrictatime lazytime nolazytime diratime nodiratime "
                                    "auto noauto user nouser users owner group defaults _netdev nofail "
                                    "auto_unmount";
static const char generic_prefixes[] = "x- X- comment= uhelper= user= helper=";
/* What libfuse gets. */
static const char fuse_words[] = "allow_other allow_root default_permissions";

#define CACHE_MB_AT_MOST 65536u

/* Lists being read. */
typedef struct {
    MountWords *words;
    MountOptions *options;
    GPtrArray *for_fuse; /* borrowed words */
} Reading;

static bool is_among(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    return g_strv_contains((const char *const *)words, word);
}

static bool is_generic(const char *word)
{
    g_auto(GStrv) prefixes = g_strsplit(generic_prefixes, " ", -1);
    for (char **prefix = prefixes; *prefix; prefix++)
        if (g_str_has_prefix(word, *prefix))
            return true;
    return *word == '\0' || is_among(generic_words, word);
}

static const char *keep(MountWords *words, char *string)
{
    if (!words->strings)
        words->strings = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(words->strings, string);
    return string;
}

/* What a word after "=" may be, in the order of an enum. */
static bool choose(const char *name, const char *value, const char *const *choices, int *chosen, GError **error)
{
    for (int i = 0; choices[i]; i++)
        if (strcmp(value, choices[i]) == 0) {
            *chosen = i;
            return true;
        }
    g_autofree char *known = g_strjoinv(" or ", (char **)choices);
    return mb_error_set(error, MB_ERROR_INVALID, "%s=%s: it can be %s", name, value, known);
}

static bool parse_number(const char *text, uint32_t *number)
{
    guint64 value;
    bool parsed = g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX - 1, &value, NULL);
    *number = parsed ? (uint32_t)value : 0;
    return parsed;
}

static bool set_owner(Reading *reading, const char *value, GError **error)
{
    // cppcheck-suppress getpwnamCalled ; there are no threads yet
    const struct passwd *user = getpwnam(value);
    reading->options->owner_given = user || parse_number(value, &reading->options->owner);
    if (user)
        reading->options->owner = user->pw_uid;
    return reading->options->owner_given ||
           mb_error_set(error, MB_ERROR_INVALID, "uid=%s: there is no such user", value);
}

static bool set_group(Reading *reading, const char *value, GError **error)
{
    // cppcheck-suppress getgrnamCalled ; likewise
    const struct group *group = getgrnam(value);
    reading->options->group_given = group || parse_number(value, &reading->options->group);
    if (group)
        reading->options->group = group->gr_gid;
    return reading->options->group_given ||
           mb_error_set(error, MB_ERROR_INVALID, "gid=%s: there is no such group", value);
}

static bool set_account(Reading *reading, const char *value, GError **error G_GNUC_UNUSED)
{
    reading->options->tree.account = value;
    return true;
}

static bool set_snapshot(Reading *reading, const char *value, GError **error G_GNUC_UNUSED)
{
    reading->options->tree.snapshot = value;
    return true;
}

static bool set_date_format(Reading *reading, const char *value, GError **error G_GNUC_UNUSED)
{
    reading->options->tree.date_format = value;
    return true;
}

static bool set_layout(Reading *reading, const char *value, GError **error)
{
    static const char *const choices[] = {[LAYOUT_EML] = "eml", [LAYOUT_MAILDIR] = "maildir", NULL};
    int chosen = 0;
    if (!choose("layout", value, choices, &chosen, error))
        return false;
    reading->options->tree.layout = (TreeLayout)chosen;
    return true;
}

static bool set_names(Reading *reading, const char *value, GError **error)
{
    static const char *const choices[] = {
        [NAMES_UNICODE] = "unicode", [NAMES_ASCII] = "ascii", [NAMES_WINDOWS] = "windows", NULL};
    int chosen = 0;
    if (!choose("names", value, choices, &chosen, error))
        return false;
    reading->options->tree.names = (TreeNames)chosen;
    return true;
}

static bool set_view(Reading *reading, const char *value, GError **error)
{
    static const char *const choices[] = {"raw", "text", NULL};
    int chosen = 0;
    if (!choose("view", value, choices, &chosen, error))
        return false;
    reading->options->tree.text = chosen == 1;
    return true;
}

static bool set_cache(Reading *reading, const char *value, GError **error)
{
    uint32_t megabytes;
    bool given = parse_number(value, &megabytes) && megabytes >= 1 && megabytes <= CACHE_MB_AT_MOST;
    if (given)
        reading->options->cache_mb = megabytes;
    return given || mb_error_set(error, MB_ERROR_INVALID, "cache_mb=%s: it can be 1 to %u", value, CACHE_MB_AT_MOST);
}

/* True when it was one of ours that take no value. */
static bool take_plain(Reading *reading, const char *word)
{
    const struct {
        const char *word;
        bool *option;
    } plain[] = {{"nonempty", &reading->options->nonempty},
                 {"localtime", &reading->options->tree.local_time},
                 {"nopush", &reading->options->no_push},
                 {"xattr", &reading->options->extended_attributes}};
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        if (strcmp(word, plain[i].word) == 0)
            return *plain[i].option = true;
    return false;
}

typedef bool (*SetValue)(Reading *reading, const char *value, GError **error);

/* NULL when it is none of ours; *value is what follows "=". */
static SetValue find_setter(const char *word, const char **value)
{
    static const struct {
        const char *prefix;
        SetValue set;
    } setters[] = {{"account=", set_account}, {"snapshot=", set_snapshot}, {"datefmt=", set_date_format},
                   {"layout=", set_layout},   {"names=", set_names},       {"view=", set_view},
                   {"uid=", set_owner},       {"gid=", set_group},         {"cache_mb=", set_cache}};
    for (size_t i = 0; i < G_N_ELEMENTS(setters); i++)
        if (g_str_has_prefix(word, setters[i].prefix)) {
            *value = word + strlen(setters[i].prefix);
            return setters[i].set;
        }
    return NULL;
}

static bool take_word(Reading *reading, const char *word, GError **error)
{
    const char *value;
    SetValue set = find_setter(word, &value);
    if (set && *value == '\0')
        return mb_error_set(error, MB_ERROR_INVALID, "mount option %s says nothing", word);
    if (set)
        return set(reading, value, error);
    if (is_among(fuse_words, word))
        g_ptr_array_add(reading->for_fuse, (char *)word);
    else if (!take_plain(reading, word) && !is_generic(word))
        return mb_error_set(error, MB_ERROR_INVALID, "unknown mount option: %s", word);
    return true;
}

/* As libfuse does it: a backslash takes the meaning from what follows. */
static GPtrArray *split(MountWords *words, const char *list)
{
    GPtrArray *found = g_ptr_array_new();
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *at = list;; at++) {
        if (*at == '\\' && at[1])
            g_string_append_c(word, *++at);
        else if (*at && *at != ',')
            g_string_append_c(word, *at);
        else {
            g_ptr_array_add(found, (char *)keep(words, g_strdup(word->str)));
            g_string_truncate(word, 0);
        }
        if (!*at)
            return found;
    }
}

static bool take_list(Reading *reading, const char *list, GError **error)
{
    g_autoptr(GPtrArray) words = split(reading->words, list);
    for (unsigned i = 0; i < words->len; i++)
        if (!take_word(reading, words->pdata[i], error))
            return false;
    return true;
}

bool mount_words_parse(MountWords *words, char **lists, MountOptions *options, GError **error)
{
    g_autoptr(GPtrArray) for_fuse = g_ptr_array_new();
    Reading reading = {words, options, for_fuse};
    for (char **list = lists; list && *list; list++)
        if (!take_list(&reading, *list, error))
            return false;
    if (for_fuse->len == 0)
        return true;
    g_ptr_array_add(for_fuse, NULL);
    options->fuse_options = keep(words, g_strjoinv(",", (char **)for_fuse->pdata));
    return true;
}

void mount_words_clear(MountWords *words)
{
    if (words->strings)
        g_ptr_array_unref(words->strings);
}
