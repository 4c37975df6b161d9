/* mailbackup optimize: the same mail in less room. */
#include <stdio.h>

#include "command_repository.h"
#include "commands.h"
#include "findings.h"
#include "interrupt.h"
#include "json.h"
#include "optimize.h"
#include "output.h"
#include "progress.h"

static bool optimize(const CommandLine *line, JsonBuilder *problems, OptimizeTotals *totals, GError **error)
{
    g_autoptr(Repository) repository = command_open_repository(line, error);
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_autoptr(Progress) progress = progress_new("optimize", "done");
    Findings findings = {.progress = progress, .array = problems};
    const OptimizeOptions options = {
        .problem = findings_add,
        .progress = findings_progress,
        .user = &findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    return repository && repository_optimize(repository, &options, totals, error);
}

static void print_totals(const OptimizeTotals *totals)
{
    g_autofree char *packs = output_counted(totals->packs, "pack", "packs");
    g_autofree char *before = g_format_size(totals->bytes_before);
    g_autofree char *after = g_format_size(totals->bytes_after);
    if (totals->packs == 0)
        printf("nothing to gain: the repository has %s\n", after);
    else
        printf("%s written anew: %s became %s\n", packs, before, after);
}

static bool optimize_as_json(const CommandLine *line, OptimizeTotals *totals, GError **error)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "problems");
    json_builder_begin_array(json);
    if (!optimize(line, json, totals, error))
        return false;
    json_builder_end_array(json);
    json_number(json, "packs", totals->packs);
    json_number(json, "bytes_before", totals->bytes_before);
    json_number(json, "bytes_after", totals->bytes_after);
    json_builder_end_object(json);
    json_print(json);
    return true;
}

static bool optimize_for_people(const CommandLine *line, OptimizeTotals *totals, GError **error)
{
    if (!optimize(line, NULL, totals, error))
        return false;
    print_totals(totals);
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
    if (!(as_json ? optimize_as_json : optimize_for_people)(line, &totals, error))
        return EXIT_CODE_FAILED;
    return totals.unreadable == 0 ? EXIT_CODE_DONE : EXIT_CODE_DAMAGE;
}
