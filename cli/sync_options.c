#include "sync_options.h"

#include "text.h"

enum { DEFAULT_CONNECTIONS = 3, DEFAULT_PATIENCE_S = 60, LONGEST_PATIENCE_S = 24 * 3600 };

/* Numbers as they were typed. */
typedef struct {
    char *connections;
    char *rate;
    char *per_day;
    char *patience;
} Words;

static void words_clear(Words *words)
{
    g_free(words->connections);
    g_free(words->rate);
    g_free(words->per_day);
    g_free(words->patience);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static bool read_number(const char *text, const char *option, guint64 least, guint64 most, unsigned *number,
                        GError **error)
{
    guint64 value;
    if (!text)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, least, most, &value, NULL))
        return options_error(error, "%s is a number from %u to %u, not “%s”", option, (unsigned)least, (unsigned)most,
                             text);
    *number = (unsigned)value;
    return true;
}

static bool read_words(const Words *words, MirrorOptions *mirror, GError **error)
{
    *mirror = (MirrorOptions){.connections = DEFAULT_CONNECTIONS, .patience_s = DEFAULT_PATIENCE_S};
    if (words->rate && !text_parse_size(words->rate, &mirror->bytes_per_second))
        return options_error(error, "--limit-rate is a number of bytes with K, M or G behind it, not “%s”",
                             words->rate);
    if (words->per_day && !text_parse_size(words->per_day, &mirror->bytes_per_day))
        return options_error(error, "--max-bytes-per-day is a number of bytes with K, M or G behind it, not “%s”",
                             words->per_day);
    return read_number(words->connections, "--max-connections", 1, MIRROR_CONNECTIONS_AT_MOST, &mirror->connections,
                       error) &&
           read_number(words->patience, "--patience", 0, LONGEST_PATIENCE_S, &mirror->patience_s, error);
}

bool sync_options_parse(CommandLine *line, SyncOptions *options, GError **error)
{
    g_auto(Words) words = {0};
    *options = (SyncOptions){0};
    const GOptionEntry entries[] = {
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "Print only what goes wrong", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, "Print the outcome as JSON", NULL},
        {"max-connections", 0, 0, G_OPTION_ARG_STRING, &words.connections, "Connections to the server at most (3)",
         "N"},
        {"limit-rate", 0, 0, G_OPTION_ARG_STRING, &words.rate, "Bytes a second at most: 500K, 2M", "RATE"},
        {"max-bytes-per-day", 0, 0, G_OPTION_ARG_STRING, &words.per_day,
         "Bytes of messages a day at most, over all runs (what the provider allows)", "SIZE"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Print a line for each mailbox", NULL},
        {"patience", 0, 0, G_OPTION_ARG_STRING, &words.patience,
         "How long to wait for a server that is gone or wants a pause (60)", "SECONDS"},
        G_OPTION_ENTRY_NULL,
    };
    return options_parse(line, entries, error) && read_words(&words, &options->mirror, error);
}
