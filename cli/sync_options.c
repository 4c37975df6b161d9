#include "sync_options.h"

#include "speed_options.h"

enum { DEFAULT_PATIENCE_S = 60, LONGEST_PATIENCE_S = 24 * 3600 };

/* Numbers as they were typed. */
typedef struct {
    SpeedWords speed;
    char *patience;
} Words;

static void words_clear(Words *words)
{
    speed_words_clear(&words->speed);
    g_free(words->patience);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static bool read_words(const Words *words, SyncOptions *options, GError **error)
{
    options->patience_s = DEFAULT_PATIENCE_S;
    return speed_words_read(&words->speed, &options->limits, error) &&
           options_read_number(words->patience, "--patience", 0, LONGEST_PATIENCE_S, &options->patience_s, error);
}

bool sync_options_parse(CommandLine *line, SyncOptions *options, GError **error)
{
    g_auto(Words) words = {0};
    *options = (SyncOptions){0};
    const GOptionEntry entries[] = {
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "Print only what goes wrong", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, "Print the outcome as JSON", NULL},
        SPEED_OPTION_ENTRIES(words.speed),
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Print a line for the server and each mailbox", NULL},
        {"patience", 0, 0, G_OPTION_ARG_STRING, &words.patience,
         "How long to wait for a server that is gone or wants a pause (60)", "SECONDS"},
        G_OPTION_ENTRY_NULL,
    };
    return options_parse(line, entries, error) && read_words(&words, options, error);
}

MirrorOptions sync_options_for(const SyncOptions *options, const AccountSettings *settings)
{
    const SpeedLimits *run = &options->limits;
    const SpeedLimits *account = &settings->limits;
    return (MirrorOptions){.connections = run->connections ? run->connections : account->connections,
                           .bytes_per_second =
                               run->bytes_per_second ? run->bytes_per_second : account->bytes_per_second,
                           .bytes_per_day = run->bytes_per_day ? run->bytes_per_day : account->bytes_per_day,
                           .patience_s = options->patience_s};
}
