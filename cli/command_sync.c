/* mailbackup sync: mirrors all accounts or those named. The failure of one does not stop the others. */
#include "account_settings.h"
#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "interrupt.h"
#include "json.h"
#include "mirror.h"
#include "progress.h"
#include "report.h"
#include "secrets.h"
#include "sync_options.h"
#include "sync_outcome.h"
#include "view.h"
#include "writer.h"

/* What the observer of one account writes to. */
typedef struct {
    SyncOutcome *outcome;
    Progress *progress; /* NULL: none wanted */
    bool verbose;
} Watcher;

static const AccountSettings *find_account(GPtrArray *all, const char *name, GError **error)
{
    for (unsigned i = 0; i < all->len; i++) {
        const AccountSettings *settings = g_ptr_array_index(all, i);
        if (g_str_equal(settings->name, name))
            return settings;
    }
    mb_error_set(error, MB_ERROR_NOT_FOUND, "there is no account “%s”", name);
    report_hint(error, "`mailbackup accounts` lists them, `mailbackup add` adds one.");
    return NULL;
}

/* The accounts of `names`, or all: borrowed from `all`. */
static GPtrArray *choose_accounts(GPtrArray *all, char **names, GError **error)
{
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    for (char **name = names; *name; name++) {
        const AccountSettings *settings = find_account(all, *name, error);
        if (!settings)
            return NULL;
        g_ptr_array_add(chosen, (void *)settings);
    }
    for (unsigned i = 0; !*names && i < all->len; i++)
        g_ptr_array_add(chosen, g_ptr_array_index(all, i));
    if (chosen->len == 0) {
        mb_error_set(error, MB_ERROR_NOT_FOUND, "no accounts yet");
        report_hint(error, "`mailbackup add NAME --host HOST` adds one.");
        return NULL;
    }
    return g_steal_pointer(&chosen);
}

static void on_progress(const MirrorProgress *progress, void *user)
{
    Watcher *watcher = user;
    if (!watcher->progress)
        return;
    const ProgressState state = {
        .what = progress->mailbox ? progress->mailbox : "",
        .done = progress->messages_done,
        .total = progress->messages_total,
        .bytes = progress->bytes_done,
    };
    progress_show(watcher->progress, &state);
}

static void on_mailbox(const MirrorMailbox *mailbox, void *user)
{
    Watcher *watcher = user;
    sync_outcome_note_mailbox(watcher->outcome, mailbox);
    if (!watcher->verbose)
        return;
    if (watcher->progress)
        progress_clear(watcher->progress);
    sync_outcome_print_mailbox(mailbox);
}

static void on_warning(const char *text, void *user)
{
    Watcher *watcher = user;
    if (watcher->progress)
        progress_clear(watcher->progress);
    g_ptr_array_add(watcher->outcome->warnings, g_strdup(text));
    report_warning(watcher->outcome->account, text);
}

/* When the newest snapshot of an account was made; 0 when there is none yet. */
static bool newest_snapshot_time(Repository *repository, const char *name, int64_t *time, GError **error)
{
    g_autoptr(GError) lookup = NULL;
    g_autoptr(View) view = view_acquire(repository, error);
    *time = 0;
    if (!view)
        return false;
    g_autoptr(AccountInfo) info = view_account_by_name(view, name, &lookup);
    if (!info && g_error_matches(lookup, MB_ERROR, MB_ERROR_NOT_FOUND))
        return true; /* its first run */
    SnapshotInfo snapshot = {0};
    if (!info) {
        g_propagate_error(error, g_steal_pointer(&lookup));
        return false;
    }
    if (info->newest_snapshot && !view_snapshot(view, info->newest_snapshot, &snapshot, error))
        return false;
    *time = snapshot.time;
    return true;
}

/* What is the same for all accounts. */
typedef struct {
    Repository *repository;
    const SyncOptions *options;
    GCancellable *cancellable;
    TcpAttempt *attempt; /* to the first account's server; or NULL */
} SyncRun;

/* `ahead` is the way to the server, begun already. */
static bool mirror_over(const SyncRun *run, const AccountSettings *settings, ConnectAhead *ahead, Watcher *watcher,
                        GError **error)
{
    SyncOutcome *outcome = watcher->outcome;
    Repository *repository = run->repository;
    const MirrorObserver observer = {
        .progress = on_progress, .warning = on_warning, .mailbox = on_mailbox, .user = watcher};
    g_autoptr(Writer) writer = writer_open(repository, error);
    if (!writer || !newest_snapshot_time(repository, settings->name, &outcome->newest_before, error))
        return false;
    g_autoptr(Secret) password = secret_of_account(settings, error);
    if (!password)
        return false;
    const MirrorTask task = {.repository = repository,
                             .writer = writer,
                             .settings = settings,
                             .password = password,
                             .options = sync_options_for(run->options, settings),
                             .observer = &observer,
                             .cancellable = run->cancellable,
                             .ahead = ahead};
    bool mirrored = mirror_account(&task, &outcome->report, error);
    outcome->totals = writer_totals(writer);
    return mirrored && newest_snapshot_time(repository, settings->name, &outcome->newest_after, error);
}

/* The server has its own things to begin with when somebody connects: meanwhile the repository is opened. */
static bool mirror(const SyncRun *run, const AccountSettings *settings, Watcher *watcher, GError **error)
{
    ConnectAhead *ahead = mirror_connect(settings, run->attempt, run->cancellable);
    bool mirrored = mirror_over(run, settings, ahead, watcher, error);
    mirror_connect_free(ahead);
    return mirrored;
}

static SyncOutcome *sync_account(const SyncRun *run, const AccountSettings *settings)
{
    SyncOutcome *outcome = sync_outcome_new(settings->name);
    g_autoptr(Progress) progress = run->options->quiet ? NULL : progress_new(settings->name, "messages");
    Watcher watcher = {
        .outcome = outcome, .progress = progress, .verbose = run->options->verbose && !run->options->json};
    int64_t started_us = g_get_monotonic_time();

    bool mirrored = mirror(run, settings, &watcher, &outcome->error);
    if (!mirrored && g_cancellable_is_cancelled(run->cancellable)) { /* whatever broke on the way out */
        g_clear_error(&outcome->error);
        mb_error_set(&outcome->error, MB_ERROR_CANCELLED, "interrupted");
    }
    outcome->seconds = (double)(g_get_monotonic_time() - started_us) / G_USEC_PER_SEC;
    return outcome;
}

/* These are about the repository or the user, so the other accounts would fare no better. */
static bool stops_the_rest(ExitCode code)
{
    return code == EXIT_CODE_INTERRUPTED || code == EXIT_CODE_BUSY || code == EXIT_CODE_DISK_FULL;
}

static void print(const SyncOutcome *outcome, bool verbose)
{
    if (verbose)
        sync_outcome_print_server(outcome);
    sync_outcome_print(outcome);
}

static ExitCode sync_accounts(const SyncRun *run, GPtrArray *accounts, JsonBuilder *json)
{
    const SyncOptions *options = run->options;
    ExitCode gravest = EXIT_CODE_DONE;
    for (unsigned i = 0; i < accounts->len; i++) {
        g_autoptr(SyncOutcome) outcome = sync_account(run, g_ptr_array_index(accounts, i));
        if (options->json)
            sync_outcome_json(outcome, json);
        else if (!options->quiet)
            print(outcome, options->verbose);
        sync_outcome_report(outcome);
        ExitCode code = sync_outcome_exit_code(outcome);
        gravest = report_graver(gravest, code);
        if (stops_the_rest(code))
            break;
    }
    return gravest;
}

ExitCode command_sync(CommandLine *line, GError **error)
{
    SyncOptions options;
    if (!sync_options_parse(line, &options, error))
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository(line, error);
    if (!repository)
        return EXIT_CODE_FAILED;
    g_autoptr(GPtrArray) all = account_settings_load(repository_path(repository), error);
    g_autoptr(GPtrArray) chosen = all ? choose_accounts(all, line->arguments, error) : NULL;
    if (!chosen)
        return EXIT_CODE_FAILED;

    g_autoptr(JsonBuilder) json = json_builder_new();
    json_begin_list(json, "accounts");
    g_autoptr(Interrupt) interrupt = interrupt_new();
    const SyncRun run = {.repository = repository,
                         .options = &options,
                         .cancellable = interrupt_cancellable(interrupt),
                         .attempt = line->attempt};
    ExitCode code = sync_accounts(&run, chosen, json);
    json_end_list(json);
    if (options.json)
        json_print(json);
    return code;
}
