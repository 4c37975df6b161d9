/* mailbackup snapshots: when what was there, and what changed. */
#include <stdio.h>

#include "command_repository.h"
#include "commands.h"
#include "json.h"
#include "report.h"
#include "table.h"
#include "text.h"
#include "view.h"

/* An account's snapshots, oldest first. */
typedef struct {
    char *account;
    GArray *snapshots; /* SnapshotInfo */
} History;

static void history_free(void *data)
{
    History *history = data;
    g_free(history->account);
    g_array_unref(history->snapshots);
    g_free(history);
}

static bool add_history(View *view, const AccountInfo *info, GPtrArray *histories, GError **error)
{
    GArray *snapshots = view_snapshots(view, info->account, error);
    if (!snapshots)
        return false;
    History *history = g_new0(History, 1);
    history->account = g_strdup(info->name);
    history->snapshots = snapshots;
    g_ptr_array_add(histories, history);
    return true;
}

static bool add_one(View *view, const char *name, GPtrArray *histories, GError **error)
{
    g_autoptr(AccountInfo) info = view_account_by_name(view, name, error);
    if (!info) {
        report_hint(error, "`mailbackup accounts` lists the accounts; one that was never synced has no snapshots.");
        return false;
    }
    return add_history(view, info, histories, error);
}

static bool add_all(View *view, GPtrArray *histories, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    bool added = accounts;
    for (unsigned i = 0; added && i < accounts->len; i++)
        added = add_history(view, g_ptr_array_index(accounts, i), histories, error);
    return added;
}

static GPtrArray *collect(Repository *repository, const char *name, GError **error)
{
    g_autoptr(GPtrArray) histories = g_ptr_array_new_with_free_func(history_free);
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !(name ? add_one(view, name, histories, error) : add_all(view, histories, error)))
        return NULL;
    return g_steal_pointer(&histories);
}

static void add_changes(Table *table, const SnapshotInfo *snapshot, bool first)
{
    if (first) {
        table_add(table, "(first)");
        table_add(table, "");
        table_add(table, "");
    } else {
        table_take(table, text_count(snapshot->added));
        table_take(table, text_count(snapshot->removed));
        table_take(table, text_count(snapshot->reflagged));
    }
    table_add(table, snapshot->complete ? "" : "partial");
}

static void print_history(const History *history)
{
    static const char *const titles[] = {"DATE", "MESSAGES", "SIZE", "NEW", "GONE", "FLAGS", ""};
    g_autoptr(Table) table = table_new("lrrrrrl");
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
        table_add(table, titles[i]);
    for (unsigned i = history->snapshots->len; i-- > 0;) {
        const SnapshotInfo *snapshot = &g_array_index(history->snapshots, SnapshotInfo, i);
        table_take(table, text_local(snapshot->time));
        table_take(table, text_count(snapshot->messages));
        table_take(table, text_size(snapshot->bytes));
        add_changes(table, snapshot, i == 0);
    }
    table_print(table);
}

static void print_people(GPtrArray *histories, bool titled)
{
    if (histories->len == 0)
        puts("No snapshots yet; `mailbackup sync` makes the first.");
    for (unsigned i = 0; i < histories->len; i++) {
        const History *history = g_ptr_array_index(histories, i);
        if (titled)
            printf("%s%s\n", i ? "\n" : "", history->account);
        print_history(history);
    }
}

static void add_snapshot(JsonBuilder *json, const char *account, const SnapshotInfo *snapshot)
{
    g_autofree char *name = text_snapshot_name(snapshot->time);
    char hash[CONTENT_ID_HEX_SIZE];
    content_id_hex(&snapshot->hash, hash);

    json_builder_begin_object(json);
    json_text(json, "account", account);
    json_text(json, "name", name);
    json_time(json, "time", snapshot->time);
    json_number(json, "mailboxes", snapshot->mailboxes);
    json_number(json, "messages", snapshot->messages);
    json_number(json, "bytes", snapshot->bytes);
    json_number(json, "added", snapshot->added);
    json_number(json, "removed", snapshot->removed);
    json_number(json, "reflagged", snapshot->reflagged);
    json_truth(json, "complete", snapshot->complete);
    json_text(json, "hash", hash);
    json_builder_end_object(json);
}

static void print_json(GPtrArray *histories)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_begin_list(json, "snapshots");
    for (unsigned i = 0; i < histories->len; i++) {
        const History *history = g_ptr_array_index(histories, i);
        for (unsigned j = history->snapshots->len; j-- > 0;)
            add_snapshot(json, history->account, &g_array_index(history->snapshots, SnapshotInfo, j));
    }
    json_end_list(json);
    json_print(json);
}

ExitCode command_snapshots(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 1, error))
        return EXIT_CODE_USAGE;
    const char *name = line->arguments[0];
    g_autoptr(Repository) repository = command_open_repository(line, error);
    g_autoptr(GPtrArray) histories = repository ? collect(repository, name, error) : NULL;
    if (!histories)
        return EXIT_CODE_FAILED;
    if (as_json)
        print_json(histories);
    else
        print_people(histories, !name);
    return EXIT_CODE_DONE;
}
