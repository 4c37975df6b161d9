/* mailbackup stats: how much mail there is, and what it takes. */
#include <stdio.h>
#include <unistd.h>

#include "bar.h"
#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "interrupt.h"
#include "json.h"
#include "output.h"
#include "stats.h"
#include "table.h"
#include "text.h"

#define BAR_COLUMNS 24

/* A line: an account, or a mailbox of one. */
typedef struct {
    const char *name;
    uint64_t messages;
    uint64_t mail_bytes;
    uint64_t stored_bytes;
} Line;

static void add_to_line(Line *line, const StatsMailbox *mailbox)
{
    line->messages += mailbox->messages;
    line->mail_bytes += mailbox->mail_bytes;
    line->stored_bytes += mailbox->stored_bytes;
}

/* The mailboxes of `account`, or without one all accounts: GArray of Line. Epochs of one name are one line. */
static GArray *lines_of(const Stats *stats, const char *account)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));
    for (guint i = 0; i < stats->mailboxes->len; i++) {
        const StatsMailbox *mailbox = stats->mailboxes->pdata[i];
        const char *name = account ? mailbox->name : mailbox->account;
        if (account && !g_str_equal(account, mailbox->account))
            continue;
        Line *last = lines->len > 0 ? &g_array_index(lines, Line, lines->len - 1) : NULL;
        if (!last || !g_str_equal(last->name, name)) {
            g_array_set_size(lines, lines->len + 1);
            last = &g_array_index(lines, Line, lines->len - 1);
            last->name = name;
        }
        add_to_line(last, mailbox);
    }
    return lines;
}

static uint64_t most_stored(const GArray *lines)
{
    uint64_t most = 0;
    for (guint i = 0; i < lines->len; i++)
        most = MAX(most, g_array_index(lines, Line, i).stored_bytes);
    return most;
}

static void print_lines(const GArray *lines)
{
    bool has_bars = isatty(STDOUT_FILENO);
    uint64_t most = most_stored(lines);
    g_autoptr(Table) table = table_new("lrrrl");
    static const char *const titles[] = {"", "MESSAGES", "MAIL", "STORED", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
        table_add(table, titles[i]);
    for (guint i = 0; i < lines->len; i++) {
        const Line *line = &g_array_index(lines, Line, i);
        table_take(table, output_name(line->name));
        table_take(table, text_count(line->messages));
        table_take(table, text_size(line->mail_bytes));
        table_take(table, text_size(line->stored_bytes));
        table_take(table, has_bars ? bar_new(line->stored_bytes, most, BAR_COLUMNS) : g_strdup(""));
    }
    table_print(table);
}

static char *signed_size(int64_t bytes)
{
    g_autofree char *size = text_size((uint64_t)ABS(bytes));
    return g_strconcat(bytes < 0 ? "-" : "", size, NULL);
}

static void print_saved(const Stats *stats)
{
    const struct {
        const char *what;
        int64_t bytes;
    } savings[] = {
        {"copies of a message stored once", stats->saved_by_copies},
        {"attachments decoded and stored once", stats->saved_by_attachments},
        {"zstd", stats->saved_by_zstd},
        {"messages compressed together", stats->saved_by_frames},
    };
    g_autoptr(Table) table = table_new("lrl");
    for (size_t i = 0; i < G_N_ELEMENTS(savings); i++) {
        bool has_bar = isatty(STDOUT_FILENO) && savings[i].bytes > 0;
        table_add(table, savings[i].what);
        table_take(table, signed_size(savings[i].bytes));
        table_take(table, has_bar ? bar_new((uint64_t)savings[i].bytes, stats->mail_bytes, BAR_COLUMNS) : g_strdup(""));
    }
    puts("\nSaved by");
    table_print(table);
}

static void print_disk(const Stats *stats)
{
    g_autofree char *all = text_size(stats->pack_bytes + stats->index_bytes);
    g_autofree char *other = text_size(stats->pack_bytes - MIN(stats->stored_bytes, stats->pack_bytes));
    g_autofree char *index = text_size(stats->index_bytes);
    g_autofree char *snapshots = output_counted(stats->snapshots, "snapshot", "snapshots");
    printf("\n%s on the disk, of which journals and what nothing needs any more %s, the index %s; %s\n", all, other,
           index, snapshots);
}

static bool print_people(const Stats *stats, const char *account, GError **error)
{
    g_autoptr(GArray) lines = lines_of(stats, account);
    if (account && lines->len == 0)
        return mb_error_set(error, MB_ERROR_NOT_FOUND, "there is no account “%s” in the repository", account);
    print_lines(lines);
    if (!account) {
        print_saved(stats);
        print_disk(stats);
    }
    return true;
}

static void add_mailbox(JsonBuilder *json, const StatsMailbox *mailbox)
{
    json_builder_begin_object(json);
    json_text(json, "account", mailbox->account);
    json_text(json, "mailbox", mailbox->name);
    json_number(json, "messages", mailbox->messages);
    json_number(json, "mail_bytes", mailbox->mail_bytes);
    json_number(json, "stored_bytes", mailbox->stored_bytes);
    json_builder_end_object(json);
}

static void add_signed(JsonBuilder *json, const char *name, int64_t value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, value);
}

static void add_totals(JsonBuilder *json, const Stats *stats)
{
    json_builder_set_member_name(json, "totals");
    json_builder_begin_object(json);
    json_number(json, "messages", stats->messages);
    json_number(json, "mail_bytes", stats->mail_bytes);
    add_signed(json, "saved_by_copies", stats->saved_by_copies);
    add_signed(json, "saved_by_attachments", stats->saved_by_attachments);
    add_signed(json, "saved_by_zstd", stats->saved_by_zstd);
    add_signed(json, "saved_by_frames", stats->saved_by_frames);
    json_number(json, "stored_bytes", stats->stored_bytes);
    json_number(json, "pack_bytes", stats->pack_bytes);
    json_number(json, "index_bytes", stats->index_bytes);
    json_number(json, "snapshots", stats->snapshots);
    json_builder_end_object(json);
}

static void print_json(const Stats *stats, const char *account)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "mailboxes");
    json_builder_begin_array(json);
    for (guint i = 0; i < stats->mailboxes->len; i++) {
        const StatsMailbox *mailbox = stats->mailboxes->pdata[i];
        if (!account || g_str_equal(account, mailbox->account))
            add_mailbox(json, mailbox);
    }
    json_builder_end_array(json);
    add_totals(json, stats);
    json_builder_end_object(json);
    json_print(json);
}

ExitCode command_stats(CommandLine *line, GError **error)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 1, error))
        return EXIT_CODE_USAGE;
    const char *account = line->arguments[0];
    g_autoptr(Repository) repository = command_open_repository(line, error);
    g_autoptr(Interrupt) interrupt = interrupt_new();
    g_autoptr(Stats) stats = repository ? repository_stats(repository, interrupt_cancellable(interrupt), error) : NULL;
    if (!stats)
        return EXIT_CODE_FAILED;
    if (as_json)
        print_json(stats, account);
    else if (!print_people(stats, account, error))
        return EXIT_CODE_FAILED;
    return EXIT_CODE_DONE;
}
