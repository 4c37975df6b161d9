/* How far a long command is, on standard error: one line that is redrawn on a terminal, elsewhere a plain line now and
 * then. */
#ifndef MB_PROGRESS_H
#define MB_PROGRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *what; /* a mailbox, a phase; already safe for a terminal */
    uint64_t done;
    uint64_t total; /* 0: not known yet */
    uint64_t bytes; /* done so far; 0 where bytes say nothing */
} ProgressState;

typedef struct Progress Progress;

/* `title` begins every line (an account); copied. `unit` is what is counted: "messages". */
Progress *progress_new(const char *title, const char *unit);
/* Takes the line off the terminal. */
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* Cheap; may be called as often as anything happens. */
void progress_show(Progress *progress, const ProgressState *state);

/* Takes the line off the terminal, so that something else can be printed; the next progress_show() brings it back. */
void progress_clear(Progress *progress);

/* The line for a terminal of `columns` columns, and the plain one; `seconds` is the time since the start. Caller
 * frees. */
char *progress_terminal_line(const char *title, const ProgressState *state, double seconds, size_t columns);
char *progress_plain_line(const char *title, const char *unit, const ProgressState *state, double seconds);

#endif
