/* mailbackup forget: snapshots go, and the disk gets back what only they needed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "findings.h"
#include "forget_choice.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "repack.h"
#include "text.h"
#include "view.h"
#include "writer.h"

typedef struct {
    int last;
    int daily;
    int weekly;
    int monthly;
    int yearly;
    char *older_than;
    char *account;
    gboolean newest;
    gboolean dry_run;
    gboolean yes;
    gboolean as_json;
} Options;

/* What came of it. */
typedef struct {
    GPtrArray *choices; /* ForgetChoice */
    bool forgotten;
    uint64_t freed_bytes;
    RepackTotals totals;
} Outcome;

static bool parse_age(const char *text, int64_t *before, GError **error)
{
    static const struct {
        char unit;
        int days;
    } units[] = {{'d', 1}, {'w', 7}, {'m', 30}, {'y', 365}};
    char *end;
    guint64 count = g_ascii_strtoull(text, &end, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (end != text && end[0] == units[i].unit && end[1] == '\0' && count > 0 && count <= 100000) {
            *before = g_get_real_time() / G_USEC_PER_SEC - (int64_t)count * units[i].days * 24 * 60 * 60;
            return true;
        }
    return options_error(error, "“%s” is no age: 30d, 8w, 6m or 2y", text);
}

static bool has_policy(const Options *options)
{
    return options->last || options->daily || options->weekly || options->monthly || options->yearly ||
           options->older_than;
}

static bool make_policy(const Options *options, ForgetPolicy *policy, GError **error)
{
    const int counts[] = {options->last, options->daily, options->weekly, options->monthly, options->yearly};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        if (counts[i] < 0)
            return options_error(error, "a number of snapshots to keep is not below 0");
    *policy = (ForgetPolicy){.last = (unsigned)options->last,
                             .days = (unsigned)options->daily,
                             .weeks = (unsigned)options->weekly,
                             .months = (unsigned)options->monthly,
                             .years = (unsigned)options->yearly};
    return !options->older_than || parse_age(options->older_than, &policy->before, error);
}

static GPtrArray *choose(Repository *repository, const CommandLine *line, const Options *options,
                         const ForgetPolicy *policy, GError **error)
{
    return line->arguments[0]
               ? forget_choose_named(repository, line->arguments, options->account, options->newest, error)
               : forget_choose_by_policy(repository, policy, options->account, error);
}

static bool find_losses(Writer *writer, GPtrArray *choices, GError **error)
{
    for (guint i = 0; i < choices->len; i++) {
        ForgetChoice *choice = choices->pdata[i];
        if (choice->gone->len > 0 && !forget_loss(writer, choice->account, choice->gone, &choice->loss, error))
            return false;
    }
    return true;
}

static unsigned count_gone(const GPtrArray *choices)
{
    unsigned count = 0;
    for (guint i = 0; i < choices->len; i++)
        count += ((const ForgetChoice *)choices->pdata[i])->gone->len;
    return count;
}

static void print_choice(const ForgetChoice *choice)
{
    g_autofree char *name = output_name(choice->name);
    g_autofree char *gone = text_count(choice->gone->len);
    g_autofree char *all = output_counted(choice->snapshots->len, "snapshot", "snapshots");
    g_autofree char *messages = output_counted(choice->loss.messages, "message", "messages");
    g_autofree char *bytes = text_size(choice->loss.bytes);
    printf("%s: %s of %s", name, gone, all);
    if (choice->loss.messages > 0)
        printf("; what is only in these: %s (%s)\n", messages, bytes);
    else
        puts("; no message is only in these");
}

static void print_choices(const GPtrArray *choices)
{
    for (guint i = 0; i < choices->len; i++)
        if (((const ForgetChoice *)choices->pdata[i])->gone->len > 0)
            print_choice(choices->pdata[i]);
    if (count_gone(choices) == 0)
        puts("There is no snapshot to forget.");
    fflush(stdout);
}

/* Somebody at a terminal is asked; a script has said what it wants. */
static bool is_confirmed(const Options *options, const GPtrArray *choices)
{
    char answer[16] = "";
    if (options->yes || options->as_json || count_gone(choices) == 0 || !isatty(STDIN_FILENO))
        return true;
    fputs("Forget them? [y/N] ", stdout);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool forget_all(Writer *writer, const GPtrArray *choices, GError **error)
{
    for (guint i = 0; i < choices->len; i++) {
        const ForgetChoice *choice = choices->pdata[i];
        if (choice->gone->len > 0 && !writer_forget(writer, choice->account, choice->gone, error))
            return false;
    }
    return true;
}

static bool reclaim(Writer *writer, Findings *findings, RepackTotals *totals, GError **error)
{
    g_autoptr(Interrupt) interrupt = interrupt_new();
    const RepackOptions options = {
        .problem = findings_add,
        .progress = findings_progress,
        .user = findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    return repack_reclaim(writer, &options, totals, error);
}

static bool carry_out(Repository *repository, Writer *writer, Findings *findings, Outcome *outcome, GError **error)
{
    uint64_t before, after;
    if (!repository_disk_usage(repository, &before, error) || !forget_all(writer, outcome->choices, error))
        return false;
    outcome->forgotten = true;
    if (!reclaim(writer, findings, &outcome->totals, error)) {
        g_prefix_error(error, "the snapshots are forgotten, but their room is not given back yet: ");
        return false;
    }
    if (!repository_disk_usage(repository, &after, error))
        return false;
    outcome->freed_bytes = before - MIN(before, after);
    return true;
}

static void print_outcome(const Outcome *outcome)
{
    g_autofree char *snapshots = output_counted(count_gone(outcome->choices), "snapshot", "snapshots");
    g_autofree char *freed = text_size(outcome->freed_bytes);
    if (outcome->forgotten)
        printf("%s forgotten, %s given back\n", snapshots, freed);
    else
        puts("Nothing was changed.");
}

static void add_choice(JsonBuilder *json, const ForgetChoice *choice)
{
    json_builder_begin_object(json);
    json_text(json, "account", choice->name);
    json_number(json, "kept", choice->snapshots->len - choice->gone->len);
    json_number(json, "lost_messages", choice->loss.messages);
    json_number(json, "lost_bytes", choice->loss.bytes);
    json_builder_set_member_name(json, "snapshots");
    json_builder_begin_array(json);
    for (guint i = 0, gone = 0; i < choice->snapshots->len && gone < choice->gone->len; i++) {
        const SnapshotInfo *snapshot = &g_array_index(choice->snapshots, SnapshotInfo, i);
        if (snapshot->snapshot != g_array_index(choice->gone, uint32_t, gone))
            continue;
        g_autofree char *name = text_snapshot_name(snapshot->time);
        json_builder_add_string_value(json, name);
        gone++;
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
}

static void add_outcome(JsonBuilder *json, const Outcome *outcome)
{
    json_builder_set_member_name(json, "accounts");
    json_builder_begin_array(json);
    for (guint i = 0; i < outcome->choices->len; i++)
        add_choice(json, outcome->choices->pdata[i]);
    json_builder_end_array(json);
    json_truth(json, "forgotten", outcome->forgotten);
    json_number(json, "freed_bytes", outcome->freed_bytes);
    json_number(json, "packs_emptied", outcome->totals.packs);
}

static bool forget_chosen(Repository *repository, Writer *writer, const Options *options, Outcome *outcome,
                          GError **error)
{
    g_auto(Findings) findings = findings_begin("forget", "done", options->as_json ? "problems" : NULL);
    if (!options->as_json)
        print_choices(outcome->choices);
    if (!options->dry_run && is_confirmed(options, outcome->choices) &&
        !carry_out(repository, writer, &findings, outcome, error))
        return false;
    if (findings_end(&findings))
        add_outcome(findings.json, outcome);
    else
        print_outcome(outcome);
    findings_print(&findings);
    return true;
}

static ExitCode forget(Repository *repository, const CommandLine *line, const Options *options,
                       const ForgetPolicy *policy, GError **error)
{
    Outcome outcome = {0};
    g_autoptr(Writer) writer = writer_open(repository, error); /* before choosing: nothing changes meanwhile */
    g_autoptr(GPtrArray) choices = writer ? choose(repository, line, options, policy, error) : NULL;
    outcome.choices = choices;
    if (!choices || !find_losses(writer, choices, error) ||
        !forget_chosen(repository, writer, options, &outcome, error))
        return EXIT_CODE_FAILED;
    return outcome.totals.unreadable > 0 ? EXIT_CODE_DAMAGE : EXIT_CODE_DONE;
}

static bool check_arguments(const CommandLine *line, const Options *options, GError **error)
{
    bool named = line->arguments[0] != NULL;
    if (!named && !has_policy(options))
        return options_error(error, "say which snapshots to forget, or which to keep");
    if (named && has_policy(options))
        return options_error(error, "snapshots are either named or chosen by --keep-… and --older-than");
    return named || !options->newest || options_error(error, "--newest is for a snapshot that is named");
}

ExitCode command_forget(CommandLine *line, GError **error)
{
    Options options = {0};
    const GOptionEntry entries[] = {
        {"keep-last", 0, 0, G_OPTION_ARG_INT, &options.last, "Keep the newest N", "N"},
        {"keep-daily", 0, 0, G_OPTION_ARG_INT, &options.daily, "Keep the last one of each of N days", "N"},
        {"keep-weekly", 0, 0, G_OPTION_ARG_INT, &options.weekly, "… of N weeks", "N"},
        {"keep-monthly", 0, 0, G_OPTION_ARG_INT, &options.monthly, "… of N months", "N"},
        {"keep-yearly", 0, 0, G_OPTION_ARG_INT, &options.yearly, "… of N years", "N"},
        {"older-than", 0, 0, G_OPTION_ARG_STRING, &options.older_than, "Only what is older than 30d, 8w, 6m, 2y",
         "AGE"},
        {"account", 0, 0, G_OPTION_ARG_STRING, &options.account, "Only of this account", "ACCOUNT"},
        {"newest", 0, 0, G_OPTION_ARG_NONE, &options.newest, "Even the newest one, when it is named", NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.dry_run, "Only say what would go", NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, "Do not ask", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.as_json, "Print JSON; do not ask", NULL},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;
    ForgetPolicy policy;
    if (options_parse(line, entries, error) && check_arguments(line, &options, error) &&
        make_policy(&options, &policy, error)) {
        g_autoptr(Repository) repository = command_open_repository(line, error);
        code = repository ? forget(repository, line, &options, &policy, error) : EXIT_CODE_FAILED;
    }
    g_free(options.older_than);
    g_free(options.account);
    return code;
}
