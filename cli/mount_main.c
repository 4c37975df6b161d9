/* mailbackupfs: options of the command line, of fstab and of mount(8), and the words of its errors. */
#include <glib.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "exit_codes.h"
#include "mount.h"
#include "options.h"

/* What mount(8) and fstab may say of any file system. What they ask is so anyway (ro, nosuid) or cannot be (rw). */
static const char generic_words[] = "ro rw suid nosuid dev nodev exec noexec sync async dirsync atime noatime relatime "
                                    "norelatime strictatime nostrictatime lazytime nolazytime diratime nodiratime "
                                    "auto noauto user nouser users owner group defaults _netdev nofail "
                                    "default_permissions";
static const char generic_prefixes[] = "x- X- comment= uhelper= user= helper=";
/* What libfuse gets. */
static const char fuse_words[] = "allow_other allow_root auto_unmount";

typedef struct {
    char *repository; /* -r */
    char **places;    /* [REPOSITORY] MOUNTPOINT */
    char **lists;     /* each -o */
    gboolean foreground;
    gboolean debug;
    gboolean version;
} CommandLineOptions;

static void options_clear(CommandLineOptions *options)
{
    g_free(options->repository);
    g_strfreev(options->places);
    g_strfreev(options->lists);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CommandLineOptions, options_clear)

static const char description[] =
    "Options of -o: allow_other, allow_root, auto_unmount, nonempty. Those that mount(8)\n"
    "and fstab give to any file system are accepted; the mount is always ro,nosuid,nodev,noexec.\n\n"
    "The repository is the one of --repo, else $MAILBACKUP_REPO, else mailbackup below $XDG_DATA_HOME.\n"
    "To unmount: fusermount3 -u MOUNTPOINT";

static bool parse_command_line(int *argc, char ***argv, CommandLineOptions *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"repo", 'r', 0, G_OPTION_ARG_FILENAME, &options->repository, "The repository", "DIR"},
        {"options", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &options->lists, "Mount options, separated by commas", "LIST"},
        {"foreground", 'f', 0, G_OPTION_ARG_NONE, &options->foreground, "Stay in the foreground", NULL},
        {"debug", 'd', 0, G_OPTION_ARG_NONE, &options->debug, "Print every request; implies -f", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and end", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->places, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[REPOSITORY] MOUNTPOINT");
    g_option_context_set_summary(context, "Shows a mail backup as directories of .eml files.");
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

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

static bool take_word(const char *word, bool *nonempty, GPtrArray *for_fuse, GError **error)
{
    if (strcmp(word, "nonempty") == 0)
        *nonempty = true;
    else if (is_among(fuse_words, word))
        g_ptr_array_add(for_fuse, g_strdup(word));
    else if (!is_generic(word))
        return mb_error_set(error, MB_ERROR_INVALID, "unknown mount option: %s", word);
    return true;
}

/* Sorts the words of all -o; *fuse_options is NULL when none is for libfuse, else the caller's. */
static bool sort_words(char **lists, bool *nonempty, char **fuse_options, GError **error)
{
    g_autoptr(GPtrArray) for_fuse = g_ptr_array_new_with_free_func(g_free);
    for (char **list = lists; list && *list; list++) {
        g_auto(GStrv) words = g_strsplit(*list, ",", -1);
        for (char **word = words; *word; word++)
            if (!take_word(*word, nonempty, for_fuse, error))
                return false;
    }
    if (for_fuse->len == 0)
        return true;
    g_ptr_array_add(for_fuse, NULL);
    *fuse_options = g_strjoinv(",", (char **)for_fuse->pdata);
    return true;
}

static bool find_places(const CommandLineOptions *options, const char **repository, const char **mountpoint,
                        GError **error)
{
    unsigned count = options->places ? g_strv_length(options->places) : 0;
    if (count == 0)
        return mb_error_set(error, MB_ERROR_INVALID, "no mountpoint given");
    if (count > 2 || (count == 2 && options->repository))
        return mb_error_set(error, MB_ERROR_INVALID, "too many arguments");
    *repository = count == 2 ? options->places[0] : options->repository;
    *mountpoint = options->places[count - 1];
    return true;
}

static int complain(const GError *error)
{
    bool no_repository = g_error_matches(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    fprintf(stderr, "mailbackupfs: %s%s\n", error->message, no_repository ? "; create one with: mailbackup init" : "");
    return g_error_matches(error, MB_ERROR, MB_ERROR_CORRUPT) ? EXIT_CODE_DAMAGE : EXIT_CODE_FAILED;
}

static int complain_usage(const GError *error)
{
    fprintf(stderr, "mailbackupfs: %s\nTry: mailbackupfs --help\n", error->message);
    return EXIT_CODE_USAGE;
}

static int mount_places(const MountOptions *options, const char *given_repository)
{
    MountOptions complete = *options;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = options_repository_path(given_repository);
    /* A daemon leaves its directory. */
    g_autofree char *repository = g_canonicalize_filename(path, NULL);
    complete.repository_path = repository;
    return mount_run(&complete, &error) ? EXIT_CODE_DONE : complain(error);
}

int main(int argc, char **argv)
{
    g_auto(CommandLineOptions) line = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *fuse_options = NULL;
    const char *repository = NULL;
    MountOptions mount = {0};

    setlocale(LC_ALL, "");
    if (!parse_command_line(&argc, &argv, &line, &error))
        return complain_usage(error);
    if (line.version) {
        puts("mailbackupfs " MB_VERSION);
        return EXIT_CODE_DONE;
    }
    if (!find_places(&line, &repository, &mount.mountpoint, &error) ||
        !sort_words(line.lists, &mount.nonempty, &fuse_options, &error))
        return complain_usage(error);
    mount.fuse_options = fuse_options;
    mount.foreground = line.foreground;
    mount.debug = line.debug;
    return mount_places(&mount, repository);
}
