#include "speed_options.h"

#include "mirror.h"
#include "text.h"

void speed_words_clear(SpeedWords *words)
{
    g_clear_pointer(&words->connections, g_free);
    g_clear_pointer(&words->rate, g_free);
    g_clear_pointer(&words->per_day, g_free);
}

static bool read_size(const char *text, const char *option, uint64_t *size, GError **error)
{
    return !text || text_parse_size(text, size) ||
           options_error(error, "%s is a number of bytes with K, M or G behind it, not “%s”", option, text);
}

bool speed_words_read(const SpeedWords *words, SpeedLimits *limits, GError **error)
{
    *limits = (SpeedLimits){0};
    return options_read_number(words->connections, "--max-connections", 1, MIRROR_CONNECTIONS_AT_MOST,
                               &limits->connections, error) &&
           read_size(words->rate, "--limit-rate", &limits->bytes_per_second, error) &&
           read_size(words->per_day, "--max-bytes-per-day", &limits->bytes_per_day, error);
}
