/* mailbackup rebuild: the index anew, from the packs. */
#include <stdio.h>

#include "commands.h"
#include "findings.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "rebuild.h"

static bool is_lossless(const RebuildTotals *totals)
{
    return totals->damaged_places + totals->lost_batches + totals->skipped_changes == 0 && !totals->kept_old;
}

static void print_totals(const RebuildTotals *totals)
{
    g_autofree char *batches = output_counted(totals->batches, "batch", "batches");
    printf("%s read from the packs\n", batches);
    if (totals->kept_old)
        puts("The index there was is whole and holds what the packs have lost: it stays.");
}

static void add_totals(JsonBuilder *json, const RebuildTotals *totals)
{
    json_number(json, "batches", totals->batches);
    json_number(json, "damaged_places", totals->damaged_places);
    json_number(json, "lost_batches", totals->lost_batches);
    json_number(json, "skipped_changes", totals->skipped_changes);
    json_truth(json, "kept_old", totals->kept_old);
}

static bool rebuild(const CommandLine *line, bool as_json, RebuildTotals *totals, GError **error)
{
    g_autofree char *path = options_repository_path(line->repository);
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_auto(Findings) findings = findings_begin("rebuild", "read", as_json ? "lost" : NULL);
    const RebuildOptions options = {
        .lost = findings_add,
        .progress = findings_progress,
        .user = &findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    if (!repository_rebuild(path, &options, totals, error))
        return false;
    if (findings_end(&findings))
        add_totals(findings.json, totals);
    else
        print_totals(totals);
    findings_print(&findings);
    return true;
}

ExitCode command_rebuild(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 0, error))
        return EXIT_CODE_USAGE;
    RebuildTotals totals = {0};
    if (!rebuild(line, as_json, &totals, error))
        return EXIT_CODE_FAILED;
    return is_lossless(&totals) ? EXIT_CODE_DONE : EXIT_CODE_DAMAGE;
}
