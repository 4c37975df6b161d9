/* mailbackup optimize: the same mail in less room. */
#include <stdio.h>

#include "command_repository.h"
#include "commands.h"
#include "findings.h"
#include "interrupt.h"
#include "json.h"
#include "optimize.h"
#include "output.h"

static void print_totals(const OptimizeTotals *totals)
{
    g_autofree char *packs = output_counted(totals->packs, "pack", "packs");
    g_autofree char *before = g_format_size(totals->bytes_before);
    g_autofree char *after = g_format_size(totals->bytes_after);
    if (totals->restated)
        puts("what was missing from the packs and the index had is in the packs again");
    if (totals->packs == 0)
        printf("nothing to gain: the repository has %s\n", after);
    else
        printf("%s written anew: %s became %s\n", packs, before, after);
}

static void add_totals(JsonBuilder *json, const OptimizeTotals *totals)
{
    json_number(json, "packs", totals->packs);
    json_truth(json, "restated", totals->restated);
    json_number(json, "bytes_before", totals->bytes_before);
    json_number(json, "bytes_after", totals->bytes_after);
}

static bool optimize(const CommandLine *line, bool as_json, OptimizeTotals *totals, GError **error)
{
    g_autoptr(Repository) repository = command_open_repository(line, error);
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_auto(Findings) findings = findings_begin("optimize", "done", as_json ? "problems" : NULL);
    const OptimizeOptions options = {
        .problem = findings_add,
        .progress = findings_progress,
        .user = &findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    if (!repository || !repository_optimize(repository, &options, totals, error))
        return false;
    if (findings_end(&findings))
        add_totals(findings.json, totals);
    else
        print_totals(totals);
    findings_print(&findings);
    return true;
}

ExitCode command_optimize(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 0, error))
        return EXIT_CODE_USAGE;
    OptimizeTotals totals = {0};
    if (!optimize(line, as_json, &totals, error))
        return EXIT_CODE_FAILED;
    return totals.unreadable == 0 ? EXIT_CODE_DONE : EXIT_CODE_DAMAGE;
}
