#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

enum {
    BAR_CELLS = 20,
    NAME_COLUMNS = 20,
    DEFAULT_COLUMNS = 80,
    REDRAW_MS = 100,
    PLAIN_LINE_MS = 10 * 1000,
    RATE_AFTER_S = 1, /* before that a rate is noise */
};

struct Progress {
    char *title;
    const char *unit;
    bool terminal;
    bool drawn;
    int64_t started_us;
    int64_t shown_us;
};

Progress *progress_new(const char *title, const char *unit)
{
    Progress *progress = g_new0(Progress, 1);
    progress->title = text_escape(title, strlen(title));
    progress->unit = unit;
    progress->terminal = isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    progress->started_us = g_get_monotonic_time();
    progress->shown_us = progress->terminal ? 0 : progress->started_us;
    return progress;
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    progress_clear(progress);
    g_free(progress->title);
    g_free(progress);
}

/* The first `columns` columns of the text, filled up with spaces when `pad`. */
static char *fit(const char *text, size_t columns, bool pad)
{
    GString *out = g_string_new(NULL);
    size_t used = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        size_t width = g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        if (used + width > columns)
            break;
        g_string_append_unichar(out, c);
        used += width;
    }
    for (; pad && used < columns; used++)
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

static double fraction_of(const ProgressState *state)
{
    return state->total ? MIN((double)state->done / (double)state->total, 1.0) : 0;
}

static void append_bar(GString *line, double fraction)
{
    bool unicode = g_get_charset(NULL);
    for (int cell = 0; cell < BAR_CELLS; cell++) {
        bool full = cell < (int)(fraction * BAR_CELLS);
        g_string_append(line, unicode ? (full ? "█" : "░") : (full ? "#" : "-"));
    }
}

static void append_count(GString *line, const ProgressState *state)
{
    g_autofree char *done = text_count(state->done);
    g_autofree char *total = text_count(MAX(state->total, state->done));
    g_string_append_printf(line, "%s of %s", done, total);
}

static void append_speed(GString *line, const char *separator, const ProgressState *state, double seconds)
{
    if (state->bytes) {
        g_autofree char *bytes = text_size(state->bytes);
        g_string_append_printf(line, "%s%s", separator, bytes);
    }
    if (seconds < RATE_AFTER_S)
        return;
    if (state->bytes) {
        g_autofree char *rate = text_size((uint64_t)((double)state->bytes / seconds));
        g_string_append_printf(line, "%s%s/s", separator, rate);
    }
    if (state->done && state->done < state->total) {
        double left = seconds / (double)state->done * (double)(state->total - state->done);
        g_autofree char *time = text_duration((uint64_t)left);
        g_string_append_printf(line, "%s%s left", separator, time);
    }
}

char *progress_terminal_line(const char *title, const ProgressState *state, double seconds, size_t columns)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *what = fit(state->what, NAME_COLUMNS, true);
    g_string_append_printf(line, "%s   %s  ", title, what);
    append_bar(line, fraction_of(state));
    g_string_append_printf(line, "  %2d %%   ", (int)(fraction_of(state) * 100));
    append_count(line, state);
    append_speed(line, "   ", state, seconds);
    return fit(line->str, columns, false);
}

char *progress_plain_line(const char *title, const char *unit, const ProgressState *state, double seconds)
{
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "%s: %s: ", title, state->what);
    append_count(line, state);
    g_string_append_printf(line, " %s", unit);
    append_speed(line, ", ", state, seconds);
    return g_string_free(line, FALSE);
}

static size_t terminal_columns(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return (known ? size.ws_col : DEFAULT_COLUMNS) - 1u; /* a full last column would begin a new line */
}

void progress_show(Progress *progress, const ProgressState *state)
{
    int64_t now_us = g_get_monotonic_time();
    int64_t pause_us = (progress->terminal ? REDRAW_MS : PLAIN_LINE_MS) * (int64_t)1000;
    if (now_us - progress->shown_us < pause_us)
        return;
    progress->shown_us = now_us;

    double seconds = (double)(now_us - progress->started_us) / G_USEC_PER_SEC;
    if (progress->terminal) {
        g_autofree char *line = progress_terminal_line(progress->title, state, seconds, terminal_columns());
        fprintf(stderr, "\r%s\033[K", line);
        progress->drawn = true;
    } else {
        g_autofree char *line = progress_plain_line(progress->title, progress->unit, state, seconds);
        fprintf(stderr, "%s\n", line);
    }
}

void progress_clear(Progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
