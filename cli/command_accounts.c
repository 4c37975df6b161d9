/* mailbackup accounts: where each account's mail comes from and how far it is. */
#include <stdio.h>
#include <string.h>

#include "account_settings.h"
#include "command_repository.h"
#include "commands.h"
#include "json.h"
#include "last_seen.h"
#include "output.h"
#include "table.h"
#include "text.h"
#include "traffic.h"
#include "view.h"

/* One account: its settings, what the repository holds of it, or both. */
typedef struct {
    const AccountSettings *settings; /* NULL: not (or no longer) in the settings */
    AccountInfo *info;               /* NULL: never synced */
    unsigned snapshots;
    SnapshotInfo newest;
    TrafficDay today;
    int64_t seen_at; /* 0: never */
} AccountState;

static void account_state_free(void *data)
{
    AccountState *state = data;
    account_info_free(state->info);
    g_free(state);
}

static const char *state_name(const AccountState *state)
{
    return state->settings ? state->settings->name : state->info->name;
}

static bool read_snapshots(View *view, AccountState *state, GError **error)
{
    if (!state->info)
        return true;
    g_autoptr(GArray) snapshots = view_snapshots(view, state->info->account, error);
    if (!snapshots)
        return false;
    state->snapshots = snapshots->len;
    if (snapshots->len)
        state->newest = g_array_index(snapshots, SnapshotInfo, snapshots->len - 1);
    return true;
}

/* Takes the account of that name out of `stored`; NULL when it is not there. */
static AccountInfo *steal_by_name(GPtrArray *stored, const char *name)
{
    for (unsigned i = 0; i < stored->len; i++)
        if (g_str_equal(((const AccountInfo *)g_ptr_array_index(stored, i))->name, name))
            return g_ptr_array_steal_index(stored, i);
    return NULL;
}

/* What may be read in a day: as the account says, else as the last run today had it. */
static uint64_t budget_of(const AccountState *state)
{
    uint64_t own = state->settings ? state->settings->limits.bytes_per_day : 0;
    return own ? own : state->today.budget;
}

static void add_state(GPtrArray *states, const AccountSettings *settings, AccountInfo *info)
{
    AccountState *state = g_new0(AccountState, 1);
    state->settings = settings;
    state->info = info;
    g_ptr_array_add(states, state);
}

/* AccountState*, owned by the array: first those of the settings, then those only the repository knows. */
static GPtrArray *collect(View *view, GPtrArray *all_settings, GError **error)
{
    g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func(account_state_free);
    g_autoptr(GPtrArray) stored = view_accounts(view, error);
    if (!stored)
        return NULL;
    for (unsigned i = 0; i < all_settings->len; i++) {
        const AccountSettings *settings = g_ptr_array_index(all_settings, i);
        add_state(states, settings, steal_by_name(stored, settings->name));
    }
    while (stored->len)
        add_state(states, NULL, g_ptr_array_steal_index(stored, 0));
    for (unsigned i = 0; i < states->len; i++)
        if (!read_snapshots(view, g_ptr_array_index(states, i), error))
            return NULL;
    return g_steal_pointer(&states);
}

/* What runs left beside the index. A snapshot is the end of a run too. */
static void read_notes(const char *repository_path, GPtrArray *states)
{
    for (unsigned i = 0; i < states->len; i++) {
        AccountState *state = g_ptr_array_index(states, i);
        state->today = traffic_today(repository_path, state_name(state));
        state->seen_at = MAX(last_seen(repository_path, state_name(state)), state->newest.time);
    }
}

static char *server_of(const AccountState *state)
{
    const AccountSettings *settings = state->settings;
    if (!settings)
        return g_strdup("(no settings)");
    return g_strdup_printf("%s:%u%s", settings->host, settings->port,
                           settings->tls == TLS_STARTTLS ? " starttls"
                           : settings->tls == TLS_NONE   ? " no TLS"
                                                         : "");
}

/* "mailboxes !Junk, headers:Lists/%"; NULL when all are wanted. */
static char *choice_text(const AccountSettings *settings)
{
    if (!settings->mailboxes)
        return NULL;
    g_autofree char *rules = g_strjoinv(", ", settings->mailboxes);
    g_autofree char *safe = text_escape(rules, strlen(rules));
    g_autoptr(GString) shown = g_string_new(safe);
    g_string_replace(shown, "\\\\", "\\", 0); /* that of a special use, as it was typed */
    return g_strdup_printf("mailboxes %s", shown->str);
}

/* Takes the texts that are not NULL. Caller frees the result, which is NULL when there is none. */
static char *join(const char *separator, char **texts, size_t count)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        if (texts[i])
            g_string_append_printf(all, "%s%s", all->len > 0 ? separator : "", texts[i]);
        g_free(texts[i]);
    }
    return all->len > 0 ? g_strdup(all->str) : NULL;
}

/* "at most 5 connections, 500 kB a second"; NULL without limits. */
static char *limits_text(const SpeedLimits *limits)
{
    g_autofree char *rate = text_size(limits->bytes_per_second);
    char *texts[] = {limits->connections ? output_counted(limits->connections, "connection", "connections") : NULL,
                     limits->bytes_per_second ? g_strdup_printf("%s a second", rate) : NULL};
    g_autofree char *all = join(", ", texts, G_N_ELEMENTS(texts));
    return all ? g_strdup_printf("at most %s", all) : NULL;
}

/* "today 1.2 GB of 2.5 GB read"; NULL when nothing limits a day. */
static char *today_text(const AccountState *state)
{
    g_autofree char *bytes = text_size(state->today.bytes);
    g_autofree char *budget = text_size(budget_of(state));
    return budget_of(state) ? g_strdup_printf("today %s of %s read", bytes, budget) : NULL;
}

/* What is not as usual with the account, on a line of its own. */
static void print_details(const AccountState *state)
{
    const AccountSettings *settings = state->settings;
    char *texts[] = {settings ? choice_text(settings) : NULL, settings ? limits_text(&settings->limits) : NULL,
                     today_text(state)};
    g_autofree char *all = join("; ", texts, G_N_ELEMENTS(texts));
    if (all)
        printf("%s: %s\n", state_name(state), all);
}

static void print_people(GPtrArray *states)
{
    static const char *const titles[] = {"ACCOUNT", "SERVER", "LAST SYNC", "SNAPSHOTS", "MESSAGES", "SIZE"};
    g_autoptr(Table) table = table_new("lllrrr");

    if (states->len == 0)
        puts("No accounts yet; `mailbackup add NAME --host HOST` adds one.");
    for (size_t i = 0; states->len && i < G_N_ELEMENTS(titles); i++)
        table_add(table, titles[i]);
    for (unsigned i = 0; i < states->len; i++) {
        const AccountState *state = g_ptr_array_index(states, i);
        table_add(table, state_name(state));
        table_take(table, server_of(state));
        table_take(table, state->seen_at ? text_local(state->seen_at) : g_strdup("never"));
        table_take(table, text_count(state->snapshots));
        table_take(table, text_count(state->newest.messages));
        table_take(table, text_size(state->newest.bytes));
    }
    table_print(table);
    for (unsigned i = 0; i < states->len; i++)
        print_details(g_ptr_array_index(states, i));
}

static void add_settings(JsonBuilder *json, const AccountSettings *settings)
{
    json_text(json, "host", settings->host);
    json_number(json, "port", settings->port);
    json_text(json, "tls", tls_mode_names[settings->tls]);
    json_text(json, "user", settings->user);
    json_builder_set_member_name(json, "mailboxes");
    json_builder_begin_array(json);
    for (char **rule = settings->mailboxes; rule && *rule; rule++) {
        g_autofree char *valid = g_utf8_make_valid(*rule, -1);
        json_builder_add_string_value(json, valid);
    }
    json_builder_end_array(json);
    json_number(json, "max_connections", settings->limits.connections);
    json_number(json, "limit_rate", settings->limits.bytes_per_second);
}

static void print_json(GPtrArray *states)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_begin_list(json, "accounts");
    for (unsigned i = 0; i < states->len; i++) {
        const AccountState *state = g_ptr_array_index(states, i);
        json_builder_begin_object(json);
        json_text(json, "account", state_name(state));
        if (state->settings)
            add_settings(json, state->settings);
        json_number(json, "bytes_per_day", budget_of(state));
        json_number(json, "bytes_today", state->today.bytes);
        json_time(json, "seen_at", state->seen_at);
        json_number(json, "snapshots", state->snapshots);
        json_time(json, "newest", state->newest.time);
        json_number(json, "messages", state->newest.messages);
        json_number(json, "bytes", state->newest.bytes);
        json_builder_end_object(json);
    }
    json_end_list(json);
    json_print(json);
}

ExitCode command_accounts(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 0, error))
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository(line, error);
    g_autoptr(GPtrArray) settings = repository ? account_settings_load(repository_path(repository), error) : NULL;
    g_autoptr(View) view = settings ? view_acquire(repository, error) : NULL;
    g_autoptr(GPtrArray) states = view ? collect(view, settings, error) : NULL;
    if (!states)
        return EXIT_CODE_FAILED;
    read_notes(repository_path(repository), states);
    g_clear_pointer(&view, view_release); /* a slow terminal must not hold it */
    if (as_json)
        print_json(states);
    else
        print_people(states);
    return EXIT_CODE_DONE;
}
