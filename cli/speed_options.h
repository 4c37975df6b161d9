/* The options that say how much of a server may be taken: of `mailbackup add` for good, of `sync` for one run. */
#ifndef MB_SPEED_OPTIONS_H
#define MB_SPEED_OPTIONS_H

#include "account_settings.h"
#include "options.h"

/* As they were typed; NULL: not given. */
typedef struct {
    char *connections;
    char *rate;
    char *per_day;
} SpeedWords;

void speed_words_clear(SpeedWords *words);

/* GOptionEntry of each. `words`: a SpeedWords. */
#define SPEED_OPTION_ENTRIES(words)                                                                                    \
    {                                                                                                                  \
        "max-connections",                                                                                             \
        0,                                                                                                             \
        0,                                                                                                             \
        G_OPTION_ARG_STRING,                                                                                           \
        &(words).connections,                                                                                          \
        "Connections to the server at most (3)",                                                                       \
        "N"},                                                                                                          \
        {"limit-rate", 0, 0, G_OPTION_ARG_STRING, &(words).rate, "Bytes a second at most: 500K, 2M", "RATE"},          \
    {                                                                                                                  \
        "max-bytes-per-day", 0, 0, G_OPTION_ARG_STRING, &(words).per_day,                                              \
            "Bytes of messages a day at most, over all runs (what the provider allows)", "SIZE"                        \
    }

/* Usage errors. */
bool speed_words_read(const SpeedWords *words, SpeedLimits *limits, GError **error);

#endif
