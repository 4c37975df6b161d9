#include "mirror_run.h"

enum { PROGRESS_INTERVAL_US = 100 * 1000 };

void mirror_run_incomplete(MirrorRun *run, const char *format, ...)
{
    run->report->complete = false;
    if (!run->observer || !run->observer->warning)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    run->observer->warning(text, run->observer->user);
}

static void tell_progress_now(MirrorRun *run)
{
    if (run->observer && run->observer->progress)
        run->observer->progress(&run->progress, run->observer->user);
    run->progress_told_us = g_get_monotonic_time();
}

void mirror_run_tell_progress(MirrorRun *run)
{
    if (g_get_monotonic_time() - run->progress_told_us >= PROGRESS_INTERVAL_US)
        tell_progress_now(run);
}

void mirror_run_begin_mailbox(MirrorRun *run, const char *display_name, uint64_t to_fetch, uint64_t estimated)
{
    MirrorProgress *progress = &run->progress;
    progress->mailbox = display_name;
    progress->mailbox_done = 0;
    progress->mailbox_total = to_fetch;
    progress->messages_total += to_fetch - MIN(estimated, progress->messages_total);
    mirror_run_tell_progress(run);
}

void mirror_run_count_message(MirrorRun *run)
{
    run->report->added++;
    run->progress.mailbox_done++;
    run->progress.messages_done++;
    mirror_run_tell_progress(run);
}
