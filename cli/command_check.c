/* mailbackup check: does the repository hold what it says? */
#include <stdio.h>

#include "check.h"
#include "command_repository.h"
#include "commands.h"
#include "findings.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "text.h"

#define SHARES_AT_MOST 1000

/* What is asked on the command line; GLib gives an option with an optional argument no other place. */
static struct {
    bool read_data;
    uint32_t share, shares;
} asked;

static gboolean take_read_data(const char *name, const char *value, void *unused, GError **error)
{
    (void)name;
    (void)unused;
    asked.read_data = true;
    if (!value)
        return TRUE;
    g_auto(GStrv) parts = g_strsplit(value, "/", -1);
    guint64 share = 0, shares = 0;
    if (g_strv_length(parts) == 2 && g_ascii_string_to_unsigned(parts[1], 10, 1, SHARES_AT_MOST, &shares, NULL) &&
        g_ascii_string_to_unsigned(parts[0], 10, 1, shares, &share, NULL)) {
        asked.share = (uint32_t)share;
        asked.shares = (uint32_t)shares;
        return TRUE;
    }
    return options_error(error, "--read-data=N/T takes one of T shares, as 1/5; “%s” is none", value);
}

static void print_totals(const CheckTotals *totals)
{
    g_autofree char *accounts = output_counted(totals->accounts, "account", "accounts");
    g_autofree char *snapshots = output_counted(totals->snapshots, "snapshot", "snapshots");
    g_autofree char *mailboxes = output_counted(totals->mailboxes, "mailbox", "mailboxes");
    g_autofree char *messages = output_counted(totals->messages, "message", "messages");
    printf("%s, %s, %s, %s\n", accounts, snapshots, mailboxes, messages);
    if (totals->resumed_behind)
        printf("went on behind pack %08x, where the last check was interrupted\n", totals->resumed_behind);
    if (totals->frames) {
        g_autofree char *frames = output_counted(totals->frames, "frame", "frames");
        g_autofree char *bytes = text_size(totals->read_bytes);
        printf("%s read (%s)\n", frames, bytes);
    }
    g_autofree char *problems = output_counted(totals->problems, "problem", "problems");
    g_autofree char *verdict = totals->problems ? output_styled(stdout, STYLE_BAD, problems)
                                                : output_styled(stdout, STYLE_GOOD, "no problems");
    printf("%s found\n", verdict);
}

static void add_totals(JsonBuilder *json, const CheckTotals *totals)
{
    json_builder_set_member_name(json, "totals");
    json_builder_begin_object(json);
    json_number(json, "accounts", totals->accounts);
    json_number(json, "snapshots", totals->snapshots);
    json_number(json, "mailboxes", totals->mailboxes);
    json_number(json, "messages", totals->messages);
    json_number(json, "blobs", totals->blobs);
    json_number(json, "frames", totals->frames);
    json_number(json, "read_bytes", totals->read_bytes);
    json_number(json, "resumed_behind", totals->resumed_behind);
    json_number(json, "problems", totals->problems);
    json_builder_end_object(json);
}

static bool check(Repository *repository, bool as_json, CheckTotals *totals, GError **error)
{
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_auto(Findings) findings = findings_begin("check", "done", as_json ? "problems" : NULL);
    const CheckOptions options = {
        .read_data = asked.read_data,
        .share = asked.share,
        .shares = asked.shares,
        .resumable = true,
        .problem = findings_add,
        .progress = findings_progress,
        .user = &findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    if (!check_repository(repository, &options, totals, error))
        return false;
    if (findings_end(&findings))
        add_totals(findings.json, totals);
    else
        print_totals(totals);
    findings_print(&findings);
    return true;
}

ExitCode command_check(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"read-data", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (void *)take_read_data,
         "Read and verify every byte and every message, or one of T shares of them", "N/T"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 0, error))
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository_verified(line, error);
    CheckTotals totals = {0};
    if (!repository || !check(repository, as_json, &totals, error))
        return EXIT_CODE_FAILED;
    return totals.problems ? EXIT_CODE_DAMAGE : EXIT_CODE_DONE;
}
