#include "bar.h"

#include <glib.h>

#define EIGHTHS 8

char *bar_new(uint64_t value, uint64_t most, unsigned columns)
{
    static const char *const blocks[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double share = most > 0 ? (double)MIN(value, most) / (double)most : 0;
    unsigned eighths = (unsigned)(share * columns * EIGHTHS + 0.5);
    if (value > 0 && most > 0)
        eighths = MAX(eighths, 1);
    GString *bar = g_string_new(NULL);
    for (unsigned i = 0; i < eighths / EIGHTHS; i++)
        g_string_append(bar, "█");
    g_string_append(bar, blocks[eighths % EIGHTHS]);
    return g_string_free(bar, FALSE);
}
