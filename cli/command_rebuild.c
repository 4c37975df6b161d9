/* mailbackup rebuild: the index anew, from the packs. */
#include <stdio.h>

#include "commands.h"
#include "findings.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "progress.h"
#include "rebuild.h"

static bool rebuild(const CommandLine *line, JsonBuilder *lost, RebuildTotals *totals, GError **error)
{
    g_autofree char *path = options_repository_path(line->repository);
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_autoptr(Progress) progress = progress_new("rebuild", "read");
    Findings findings = {.progress = progress, .array = lost};
    const RebuildOptions options = {
        .lost = findings_add,
        .progress = findings_progress,
        .user = &findings,
        .cancellable = interrupt_cancellable(interrupt),
    };
    return repository_rebuild(path, &options, totals, error);
}

static bool is_lossless(const RebuildTotals *totals)
{
    return totals->damaged_places + totals->lost_batches + totals->skipped_changes == 0;
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

static bool rebuild_as_json(const CommandLine *line, RebuildTotals *totals, GError **error)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "lost");
    json_builder_begin_array(json);
    if (!rebuild(line, json, totals, error))
        return false;
    json_builder_end_array(json);
    add_totals(json, totals);
    json_builder_end_object(json);
    json_print(json);
    return true;
}

static bool rebuild_for_people(const CommandLine *line, RebuildTotals *totals, GError **error)
{
    if (!rebuild(line, NULL, totals, error))
        return false;
    print_totals(totals);
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
    if (!(as_json ? rebuild_as_json : rebuild_for_people)(line, &totals, error))
        return EXIT_CODE_FAILED;
    return is_lossless(&totals) ? EXIT_CODE_DONE : EXIT_CODE_DAMAGE;
}
