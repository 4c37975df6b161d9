/* mailbackupfs: options of the command line, of fstab and of mount(8), and the words of its errors. */
#include <glib.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "exit_codes.h"
#include "mount.h"
#include "mount_words.h"
#include "options.h"

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
    "Options of -o:\n"
    "  account=NAME, snapshot=NAME   show that account, or that snapshot of it, alone; latest follows\n"
    "  layout=eml|maildir            messages as .eml files, or mailboxes as Maildirs\n"
    "  view=raw|text                 messages as they are, or as UTF-8 text\n"
    "  names=unicode|ascii|windows   what may stand in names\n"
    "  datefmt=FORMAT, localtime     names of snapshots by strftime(3); local time in names\n"
    "  xattr                         extended attributes user.mailbackup.*\n"
    "  uid=USER, gid=GROUP           who owns everything\n"
    "  cache_mb=N, nopush            decompressed mail kept in memory; read nothing ahead\n"
    "  allow_other, allow_root, nonempty\n"
    "Those that mount(8) and fstab give to any file system are accepted; the mount is always\n"
    "ro,nosuid,nodev,noexec. mailbackupfs(1) tells more.\n\n"
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
    g_auto(MountWords) words = {0};
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
        !mount_words_parse(&words, line.lists, &mount, &error))
        return complain_usage(error);
    mount.foreground = line.foreground;
    mount.debug = line.debug;
    return mount_places(&mount, repository);
}
