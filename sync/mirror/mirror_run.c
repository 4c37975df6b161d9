#include "mirror_run.h"

#include "mirror_plan.h"
#include "traffic.h"

enum { PROGRESS_INTERVAL_US = 100 * 1000, NOTE_TRAFFIC_BYTES = 32 << 20 };

void mirror_run_incomplete(MirrorRun *run, const char *format, ...)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->report->complete = false;
    if (!run->observer || !run->observer->warning)
        return;
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (!g_hash_table_contains(run->told, text))
        run->observer->warning(text, run->observer->user);
    g_hash_table_add(run->told, text);
}

void mirror_run_warn(MirrorRun *run, const char *text)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    if (run->observer && run->observer->warning)
        run->observer->warning(text, run->observer->user);
}

static void tell_progress(MirrorRun *run)
{
    int64_t now_us = g_get_monotonic_time();
    if (now_us - run->progress_told_us < PROGRESS_INTERVAL_US)
        return;
    if (run->observer && run->observer->progress)
        run->observer->progress(&run->progress, run->observer->user);
    run->progress_told_us = now_us;
}

void mirror_run_begin_mailbox(MirrorRun *run, const char *display_name, uint64_t to_fetch, uint64_t estimated)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    MirrorProgress *progress = &run->progress;
    progress->mailbox = display_name;
    progress->mailbox_done = 0;
    progress->mailbox_total = to_fetch;
    progress->messages_total += to_fetch - MIN(estimated, progress->messages_total);
    tell_progress(run);
}

void mirror_run_end_mailbox(MirrorRun *run)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->progress.mailbox = NULL;
}

void mirror_run_tell_mailbox(MirrorRun *run, const MirrorMailbox *mailbox)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    MirrorReport *report = run->report;
    report->missing += mailbox->refused + mailbox->unasked;
    report->unasked += mailbox->unasked;
    report->left_out += mailbox->left_out;
    report->messages_on_server += mailbox->messages_on_server;
    report->messages_stored += mailbox->messages_stored;
    if (run->observer && run->observer->mailbox)
        run->observer->mailbox(mailbox, run->observer->user);
}

void mirror_run_count_message(MirrorRun *run)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->report->added++;
    run->progress.mailbox_done++;
    run->progress.messages_done++;
    tell_progress(run);
}

/* A count that cannot be written is no reason to stop: the worst is that a provider says no. */
static void note_traffic(MirrorRun *run)
{
    TrafficDay today = {.bytes = run->bytes_per_day - run->bytes_left, .budget = run->bytes_per_day};
    if (run->bytes_per_day > 0 && run->bytes_noted != run->bytes_left)
        traffic_note(repository_path(run->repository), run->account_name, &today, NULL);
    run->bytes_noted = run->bytes_left;
}

void mirror_run_count_bytes(MirrorRun *run, uint64_t bytes)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->progress.bytes_done += bytes;
    run->report->bytes_read += bytes;
    run->bytes_left -= MIN(run->bytes_left, bytes);
    if (run->bytes_noted - run->bytes_left >= NOTE_TRAFFIC_BYTES)
        note_traffic(run);
    tell_progress(run);
}

void mirror_run_limit_bytes(MirrorRun *run, uint64_t bytes_per_day)
{
    uint64_t had = bytes_per_day ? traffic_today(repository_path(run->repository), run->account_name).bytes : 0;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->bytes_per_day = bytes_per_day;
    run->bytes_left = bytes_per_day ? bytes_per_day - MIN(had, bytes_per_day) : UINT64_MAX;
    run->bytes_noted = run->bytes_left;
}

void mirror_run_note_traffic(MirrorRun *run)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    note_traffic(run);
}

size_t mirror_run_promise(MirrorRun *run, const uint64_t *sizes, size_t count, uint64_t *promised)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    *promised = 0;
    if (run->stopped || run->bytes_left == 0)
        return 0;
    size_t granted = sizes ? plan_budget(sizes, count, run->bytes_left, run->bytes_promised) : count;
    for (size_t i = 0; sizes && i < granted; i++)
        *promised += sizes[i];
    run->bytes_promised += *promised;
    return granted;
}

void mirror_run_release(MirrorRun *run, uint64_t promised)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->bytes_promised -= promised;
}

uint64_t mirror_run_bytes_left(MirrorRun *run)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    return run->bytes_left;
}

void mirror_run_stop(MirrorRun *run)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    run->stopped = true;
}

GPtrArray *mirror_run_helpers(MirrorRun *run, size_t most)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    GPtrArray *helpers = g_ptr_array_new();
    for (guint i = 0; i < run->helpers->len && i < most; i++)
        g_ptr_array_add(helpers, run->helpers->pdata[i]);
    return helpers;
}

void mirror_run_give_up_helper(MirrorRun *run, MirrorLink *helper)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&run->lock);
    g_ptr_array_remove(run->helpers, helper);
}
