#include "sync_outcome.h"

#include <stdio.h>

#include "json.h"
#include "output.h"
#include "report.h"
#include "server_text.h"
#include "text.h"

enum { GAP_COLUMNS = 3 };

static void clear_mailbox(void *mailbox)
{
    g_free((char *)((MirrorMailbox *)mailbox)->name);
}

SyncOutcome *sync_outcome_new(const char *account)
{
    SyncOutcome *outcome = g_new0(SyncOutcome, 1);
    outcome->account = g_strdup(account);
    outcome->warnings = g_ptr_array_new_with_free_func(g_free);
    outcome->mailboxes = g_array_new(FALSE, FALSE, sizeof(MirrorMailbox));
    g_array_set_clear_func(outcome->mailboxes, clear_mailbox);
    return outcome;
}

void sync_outcome_free(SyncOutcome *outcome)
{
    if (!outcome)
        return;
    g_free(outcome->account);
    mirror_report_clear(&outcome->report);
    g_ptr_array_unref(outcome->warnings);
    g_array_unref(outcome->mailboxes);
    g_clear_error(&outcome->error);
    g_free(outcome);
}

void sync_outcome_note_mailbox(SyncOutcome *outcome, const MirrorMailbox *mailbox)
{
    MirrorMailbox copy = *mailbox;
    copy.name = g_strdup(mailbox->name);
    g_array_append_val(outcome->mailboxes, copy);
}

static void append_count(GString *line, uint64_t count, const char *what)
{
    g_autofree char *text = text_count(count);
    if (count > 0)
        g_string_append_printf(line, ", %s %s", text, what);
}

void sync_outcome_print_mailbox(const MirrorMailbox *mailbox)
{
    g_autofree char *on_server = text_count(mailbox->messages_on_server);
    g_autofree char *stored = text_count(mailbox->messages_stored);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line, "%s: %s on the server, %s stored", mailbox->name, on_server, stored);
    append_count(line, mailbox->refused, "refused");
    append_count(line, mailbox->unasked, "for another day");
    append_count(line, mailbox->left_out, "left out by choice");
    puts(line->str);
}

void sync_outcome_print_server(const SyncOutcome *outcome)
{
    g_autofree char *text = server_text(&outcome->report.server);
    if (text)
        printf("server: %s\n", text);
}

ExitCode sync_outcome_exit_code(const SyncOutcome *outcome)
{
    if (outcome->error)
        return report_exit_code(outcome->error);
    return outcome->report.complete ? EXIT_CODE_DONE : EXIT_CODE_INCOMPLETE;
}

/* "complete: 81,204 of 81,204 messages in 42 mailboxes" */
static char *coverage_line(const MirrorReport *report)
{
    g_autofree char *word =
        output_styled(stdout, report->complete ? STYLE_GOOD : STYLE_WARN, report->complete ? "complete" : "partial");
    g_autofree char *stored = text_count(report->messages_stored);
    g_autofree char *messages = output_counted(report->messages_on_server, "message", "messages");
    g_autofree char *mailboxes = output_counted(report->mailboxes, "mailbox", "mailboxes");
    return g_strdup_printf("%s: %s of %s in %s", word, stored, messages, mailboxes);
}

/* "+12 messages, 3 gone from the server, 40 flag changes" */
static char *changes_line(const MirrorReport *report)
{
    g_autofree char *added = output_counted(report->added, "message", "messages");
    g_autofree char *removed = text_count(report->removed);
    g_autofree char *reflagged = output_counted(report->reflagged, "flag change", "flag changes");
    return g_strdup_printf("+%s, %s gone from the server, %s", added, removed, reflagged);
}

static char *transfer_line(const SyncOutcome *outcome)
{
    g_autofree char *read = text_size(outcome->report.bytes_read);
    g_autofree char *stored = text_size(outcome->totals.stored_bytes);
    return g_strdup_printf("%s read, %s new in the repository", read, stored);
}

static char *unchanged_line(const SyncOutcome *outcome)
{
    g_autofree char *since = outcome->newest_before ? text_local(outcome->newest_before) : NULL;
    if (!since)
        return g_strdup_printf("nothing there (checked now, %.1f s)", outcome->seconds);
    return g_strdup_printf("nothing new since %s (checked now, %.1f s)", since, outcome->seconds);
}

/* "left out by choice: 2 mailboxes, 4,711 messages"; NULL when nothing is. */
static char *choice_line(const MirrorReport *report)
{
    g_autofree char *mailboxes = output_counted(report->mailboxes_left_out, "mailbox", "mailboxes");
    g_autofree char *messages = output_counted(report->left_out, "message", "messages");
    if (report->left_out == 0)
        return report->mailboxes_left_out ? g_strdup_printf("left out by choice: %s", mailboxes) : NULL;
    if (report->mailboxes_left_out == 0)
        return g_strdup_printf("left out by choice: %s", messages);
    return g_strdup_printf("left out by choice: %s, %s", mailboxes, messages);
}

/* Not what is stored: whether the last batch is, depends on what stopped it. */
static char *stopped_line(const SyncOutcome *outcome)
{
    g_autofree char *messages = output_counted(outcome->totals.messages, "message", "messages");
    g_autofree char *read = text_size(outcome->totals.message_bytes);
    return g_strdup_printf("stopped after %s (%s)", messages, read);
}

/* None when there is nothing to tell but the error. */
static GPtrArray *summary_lines(const SyncOutcome *outcome)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const MirrorReport *report = &outcome->report;

    if (outcome->error) {
        if (outcome->totals.messages)
            g_ptr_array_add(lines, stopped_line(outcome));
        return lines;
    }
    if (!report->complete || !outcome->newest_before)
        g_ptr_array_add(lines, coverage_line(report));
    char *choice = choice_line(report);
    if (choice)
        g_ptr_array_add(lines, choice);
    if (!report->published) {
        g_ptr_array_add(lines, unchanged_line(outcome));
        return lines;
    }
    if (outcome->newest_before)
        g_ptr_array_add(lines, changes_line(report));
    if (report->bytes_read)
        g_ptr_array_add(lines, transfer_line(outcome));
    g_autofree char *name = text_snapshot_name(outcome->newest_after);
    g_ptr_array_add(lines, g_strdup_printf("%ssnapshot %s", report->complete ? "" : "partial ", name));
    return lines;
}

void sync_outcome_print(const SyncOutcome *outcome)
{
    g_autoptr(GPtrArray) lines = summary_lines(outcome);
    int indent = (int)output_width(outcome->account) + GAP_COLUMNS;

    for (unsigned i = 0; i < lines->len; i++) {
        if (i == 0)
            printf("%s%*s", outcome->account, GAP_COLUMNS, "");
        else
            printf("%*s", indent, "");
        puts(g_ptr_array_index(lines, i));
    }
    fflush(stdout);
}

void sync_outcome_report(const SyncOutcome *outcome)
{
    if (outcome->error) {
        g_autoptr(GError) error = g_error_copy(outcome->error);
        g_prefix_error(&error, "%s: ", outcome->account);
        report_error(error);
    } else if (!outcome->report.complete) {
        g_autofree char *missing = output_counted(outcome->report.missing, "message", "messages");
        g_autofree char *text = g_strdup_printf("incomplete, %s missing; the next sync asks again", missing);
        report_warning(outcome->account, text);
    }
}

static const char *status_of(const SyncOutcome *outcome)
{
    ExitCode code = sync_outcome_exit_code(outcome);
    if (code == EXIT_CODE_INTERRUPTED)
        return "interrupted";
    if (outcome->error)
        return "failed";
    if (code == EXIT_CODE_INCOMPLETE)
        return "partial";
    return outcome->report.published ? "complete" : "unchanged";
}

static void add_mailboxes(const SyncOutcome *outcome, JsonBuilder *json)
{
    json_builder_set_member_name(json, "details");
    json_builder_begin_array(json);
    for (guint i = 0; i < outcome->mailboxes->len; i++) {
        const MirrorMailbox *mailbox = &g_array_index(outcome->mailboxes, MirrorMailbox, i);
        json_builder_begin_object(json);
        json_text(json, "mailbox", mailbox->name);
        json_number(json, "messages_on_server", mailbox->messages_on_server);
        json_number(json, "messages_stored", mailbox->messages_stored);
        json_number(json, "refused", mailbox->refused);
        json_number(json, "unasked", mailbox->unasked);
        json_number(json, "left_out", mailbox->left_out);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

static void add_warnings(const SyncOutcome *outcome, JsonBuilder *json)
{
    json_builder_set_member_name(json, "warnings");
    json_builder_begin_array(json);
    for (unsigned i = 0; i < outcome->warnings->len; i++) {
        g_autofree char *valid = g_utf8_make_valid(g_ptr_array_index(outcome->warnings, i), -1);
        json_builder_add_string_value(json, valid);
    }
    json_builder_end_array(json);
}

void sync_outcome_json(const SyncOutcome *outcome, JsonBuilder *json)
{
    const MirrorReport *report = &outcome->report;
    g_autofree char *snapshot = report->published ? text_snapshot_name(outcome->newest_after) : NULL;

    json_builder_begin_object(json);
    json_text(json, "account", outcome->account);
    json_text(json, "status", status_of(outcome));
    json_text(json, "snapshot", snapshot);
    json_number(json, "mailboxes", report->mailboxes);
    json_number(json, "messages_on_server", report->messages_on_server);
    json_number(json, "messages_stored", report->messages_stored);
    json_number(json, "missing", report->missing);
    json_number(json, "unasked", report->unasked);
    json_number(json, "left_out", report->left_out);
    json_number(json, "mailboxes_left_out", report->mailboxes_left_out);
    json_number(json, "added", report->added);
    json_number(json, "removed", report->removed);
    json_number(json, "reflagged", report->reflagged);
    json_number(json, "bytes_read", report->bytes_read);
    json_number(json, "bytes_stored", outcome->totals.stored_bytes);
    json_number(json, "milliseconds", (uint64_t)(outcome->seconds * 1000));
    add_mailboxes(outcome, json);
    add_warnings(outcome, json);
    json_text(json, "server", report->server.software);
    json_number(json, "quota_used", report->server.quota_used);
    json_number(json, "quota_limit", report->server.quota_limit);
    json_text(json, "error", outcome->error ? outcome->error->message : NULL);
    json_builder_end_object(json);
}
