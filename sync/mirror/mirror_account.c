#include "ask_mailboxes.h"
#include "error.h"
#include "known_mailboxes.h"
#include "last_seen.h"
#include "mirror.h"
#include "mirror_ingest.h"
#include "mirror_mailbox.h"
#include "mirror_origin.h"
#include "mirror_run.h"
#include "survival_compare.h"
#include "text.h"
#include "view.h"

/* What Gmail lets a client read in a day, and how often all is looked at whatever the server says did not change. */
#define GMAIL_BYTES_PER_DAY ((uint64_t)2500 * 1000 * 1000)
#define SECONDS_PER_LOOK ((int64_t)7 * 24 * 3600)

enum { DEFAULT_CONNECTIONS = 3 };

void mirror_report_clear(MirrorReport *report)
{
    g_clear_pointer(&report->mechanism, g_free);
    mirror_server_clear(&report->server);
}

static KnownMailboxes *load_known(Repository *repository, uint32_t account, GError **error)
{
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view)
        return NULL;
    g_autoptr(GPtrArray) shown = view_mailboxes(view, account, SNAPSHOT_CURRENT, error);
    g_autoptr(GPtrArray) epochs = shown ? view_mailbox_epochs(view, account, error) : NULL;
    return epochs ? known_mailboxes_new(shown, epochs) : NULL;
}

static bool hide_unclaimed(MirrorRun *run, const KnownMailboxes *known, GError **error)
{
    g_autoptr(GArray) gone = known_mailboxes_unclaimed(known);
    for (guint i = 0; i < gone->len; i++) {
        IngestMailbox *mailbox = ingest_known_mailbox(run->ingest, "", g_array_index(gone, uint32_t, i));
        if (!ingest_hide_mailbox(run->ingest, mailbox, error))
            return false;
    }
    return true;
}

/* Mailboxes that were listed in words nobody understands: which ones is not known, so none is taken to be gone. */
static bool settle_unlisted(MirrorRun *run, const ServerMailboxes *mailboxes, const KnownMailboxes *known,
                            GError **error)
{
    for (guint i = 0; i < mailboxes->broken->len; i++)
        mirror_run_incomplete(run, "the server lists a mailbox in a way that cannot be understood: %s",
                              (const char *)mailboxes->broken->pdata[i]);
    return mailboxes->broken->len > 0 || hide_unclaimed(run, known, error);
}

static uint64_t count_selectable(const ServerMailboxes *mailboxes)
{
    uint64_t count = 0;
    for (guint i = 0; i < mailboxes->mailboxes->len; i++) {
        const ServerMailbox *mailbox = mailboxes->mailboxes->pdata[i];
        count += !(mailbox->attributes & MAILBOX_NOSELECT);
    }
    return count;
}

static uint64_t estimate_total(const KnownMailboxes *known, const ServerMailboxes *mailboxes)
{
    uint64_t total = 0;
    for (guint i = 0; i < mailboxes->mailboxes->len; i++)
        total += mirror_mailbox_estimate(known, mailboxes->mailboxes->pdata[i]);
    return total;
}

static ServerMailboxes *list_mailboxes(MirrorRun *run, GError **error)
{
    g_autoptr(ServerMailboxes) mailboxes =
        ask_mailboxes(mirror_link_client(run->link), run->shared, &run->report->server, error);
    if (!mailboxes)
        return NULL;
    run->report->mailboxes_left_out = server_mailboxes_choose(mailboxes, run->rules);
    return server_mailboxes_add_implied_levels(mailboxes, error) ? g_steal_pointer(&mailboxes) : NULL;
}

/* The mailbox of all messages comes first: the others then have little of their own. */
static int compare_reach(const void *a, const void *b)
{
    const ServerMailbox *left = *(ServerMailbox *const *)a;
    const ServerMailbox *right = *(ServerMailbox *const *)b;
    return (int)((right->attributes & MAILBOX_ALL) != 0) - (int)((left->attributes & MAILBOX_ALL) != 0);
}

static void sort_for_origins(const MirrorRun *run, ServerMailboxes *mailboxes)
{
    if (run->origin_item)
        g_ptr_array_sort(mailboxes->mailboxes, compare_reach); /* stable */
}

static bool mirror_each(MirrorRun *run, KnownMailboxes *known, const ServerMailboxes *mailboxes, GError **error)
{
    for (guint i = 0; i < mailboxes->mailboxes->len; i++)
        if (!mirror_mailbox(run, known, mailboxes->mailboxes->pdata[i], error))
            return false;
    return settle_unlisted(run, mailboxes, known, error);
}

static bool mirror_mailboxes(MirrorRun *run, GError **error)
{
    g_autoptr(ServerMailboxes) mailboxes = list_mailboxes(run, error);
    g_autoptr(KnownMailboxes) known = mailboxes ? load_known(run->repository, run->account, error) : NULL;
    if (!known)
        return false;
    run->has_messages |= known_mailboxes_hold_messages(known);
    mail_survival_begin(&run->survival, known_mailboxes_shown(known), run->rules);
    sort_for_origins(run, mailboxes);
    run->report->mailboxes = count_selectable(mailboxes);
    run->progress.messages_total = estimate_total(known, mailboxes);
    if (run->progress.messages_total > 0 && !mirror_link_expect_much(run->link, error))
        return false;
    return mirror_each(run, known, mailboxes, error);
}

/* Not what is lost for good: a limit that the server's answer broke is broken by the next answer too. */
static bool is_worth_renewing(const GError *loss)
{
    return g_error_matches(loss, MB_ERROR, MB_ERROR_AGAIN) || g_error_matches(loss, MB_ERROR, MB_ERROR_CONNECT);
}

/* What was counted of mailboxes is counted again; what was fetched stays counted. */
static void begin_anew(MirrorRun *run, const MirrorReport *start)
{
    MirrorReport *report = run->report;
    mail_survival_begin_anew(&run->survival, report->added);
    report->complete = start->complete;
    report->missing = start->missing;
    report->unasked = start->unasked;
    report->left_out = start->left_out;
    report->messages_on_server = start->messages_on_server;
    report->messages_stored = start->messages_stored;
}

/* The whole look at the account again on a new connection: what was stored until then is known, and only the rest is
 * done. */
static bool mirror_with_renewals(MirrorRun *run, GError **error)
{
    for (;;) {
        uint64_t before = run->report->bytes_read;
        g_autoptr(GError) loss = NULL;
        MirrorReport start = *run->report;
        if (mirror_mailboxes(run, &loss))
            return true;
        if (!is_worth_renewing(loss)) {
            g_propagate_error(error, g_steal_pointer(&loss));
            return false;
        }
        if (run->report->bytes_read > before)
            mirror_link_note_use(run->link);
        if (!ingest_settle(run->ingest, error) || !mirror_link_renew(run->link, loss, error))
            return false;
        begin_anew(run, &start);
    }
}

static void note_result(MirrorRun *run, const IngestResult *result)
{
    MirrorReport *report = run->report;
    report->published = result->published;
    report->snapshot = result->snapshot;
    report->missing += result->refused->len;
    report->messages_stored -= result->refused->len;
    for (guint i = 0; i < result->refused->len; i++)
        mirror_run_incomplete(run, "%s", (const char *)result->refused->pdata[i]);
}

/* When the run was cut short what arrived is kept; when storing failed that is what is told. */
static bool finish(MirrorRun *run, bool seen_all, GError **error)
{
    bool complete = run->report->complete;
    IngestEnd end = !seen_all ? INGEST_COMMIT : complete ? INGEST_PUBLISH_COMPLETE : INGEST_PUBLISH_PARTIAL;
    IngestResult result;
    g_autoptr(GError) failure = NULL;
    bool stored = ingest_finish(run->ingest, end, &result, &failure);
    note_result(run, &result);
    g_ptr_array_unref(result.refused);
    if (stored)
        return seen_all;
    g_clear_error(error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static MirrorLink *helper_new(const MirrorTask *task)
{
    MirrorLink *helper = mirror_link_new(task->settings, task->password, 0, task->cancellable);
    mirror_link_expect_much(helper, NULL);
    return helper;
}

/* Connections beside the first one, not made yet. */
static GPtrArray *helpers_new(const MirrorTask *task)
{
    GPtrArray *helpers = g_ptr_array_new_with_free_func((GDestroyNotify)mirror_link_free);
    unsigned wanted = task->options.connections > 0 ? task->options.connections : DEFAULT_CONNECTIONS;
    unsigned connections = MIN(wanted, MIRROR_CONNECTIONS_AT_MOST);
    for (unsigned i = 1; i < connections; i++)
        g_ptr_array_add(helpers, helper_new(task));
    return helpers;
}

static void run_init(MirrorRun *run, const MirrorTask *task, MirrorReport *report)
{
    *report = (MirrorReport){.complete = true};
    *run = (MirrorRun){.account_name = task->settings->name,
                       .shared = task->settings->shared,
                       .rules = task->settings->mailboxes,
                       .repository = task->repository,
                       .cancellable = task->cancellable,
                       .patience_ms = task->options.patience_s * 1000,
                       .chooses_connections = task->options.connections == 0,
                       .observer = task->observer,
                       .report = report,
                       .bytes_left = UINT64_MAX};
    g_mutex_init(&run->lock);
    run->link = mirror_link_new(task->settings, task->password, run->patience_ms, task->cancellable);
    mirror_link_take_ahead(run->link, task->ahead);
    run->helpers = helpers_new(task);
    run->trouble = mailbox_trouble_new();
    run->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->pace = mirror_pace_new(task->options.bytes_per_second);
}

static int64_t now(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* What is known of the account and its server shapes the run. */
static bool prepare(MirrorRun *run, const MirrorTask *task, GError **error)
{
    ImapClient *client = mirror_link_client(run->link);
    bool is_gmail = imap_client_has_capability(client, "X-GM-EXT-1");
    run->origin_item = mirror_origin_item(client);
    mirror_run_limit_bytes(run, task->options.bytes_per_day ? task->options.bytes_per_day
                                : is_gmail                  ? GMAIL_BYTES_PER_DAY
                                                            : 0);
    g_autoptr(View) view = view_acquire(run->repository, error);
    g_autoptr(AccountInfo) account = view ? view_account(view, run->account, error) : NULL;
    if (!account)
        return false;
    run->has_messages = account->newest_snapshot != 0; /* which may show none, but some before it do */
    run->gone_on_from = account->pending != 0 ? account->newest_snapshot : 0;
    int64_t seen_at = last_seen(repository_path(run->repository), run->account_name);
    run->look_at_all = seen_at / SECONDS_PER_LOOK != now() / SECONDS_PER_LOOK;
    return true;
}

/* A run that may read no more today says so, and who goes on. */
static void tell_budget(MirrorRun *run)
{
    if (run->report->unasked == 0 || run->bytes_per_day == 0)
        return;
    g_autofree char *budget = text_size(run->bytes_per_day);
    g_autofree char *left = text_count(run->report->unasked);
    mirror_run_incomplete(run,
                          "today's %s are read; %s messages are left, and the first sync after midnight UTC goes on "
                          "with them by itself",
                          budget, left);
}

/* What a run that was broken off has taken away is told by this one. */
static bool count_since_snapshot(MirrorRun *run, GError **error)
{
    if (run->gone_on_from == 0)
        return true;
    g_autoptr(View) view = ingest_settle(run->ingest, error) ? view_acquire(run->repository, error) : NULL;
    return view && survival_compare(&run->survival, view, run->account, run->gone_on_from, run->rules, error);
}

/* What the server shows is the next snapshot, but one that somebody should look at. */
static bool tell_doubt(MirrorRun *run, GError **error)
{
    if (!count_since_snapshot(run, error))
        return false;
    g_autofree char *doubt = mail_survival_doubt(&run->survival, run->report->messages_on_server);
    if (doubt)
        mirror_run_incomplete(run, "%s", doubt);
    return true;
}

static void run_clear(MirrorRun *run)
{
    mail_survival_clear(&run->survival);
    mirror_link_free(run->link);
    g_ptr_array_unref(run->helpers);
    mailbox_trouble_free(run->trouble);
    g_hash_table_unref(run->told);
    mirror_pace_free(run->pace);
    g_mutex_clear(&run->lock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MirrorRun, run_clear)

bool mirror_account(const MirrorTask *task, MirrorReport *report, GError **error)
{
    g_auto(MirrorRun) run;
    run_init(&run, task, report);
    if (!mirror_link_open(run.link, error) ||
        !writer_add_account(task->writer, task->settings->name, &run.account, error))
        return false;
    report->mechanism = g_strdup(mirror_link_login(run.link)->mechanism);
    if (!prepare(&run, task, error))
        return false;
    run.ingest = ingest_start(task->writer, run.account);
    bool seen_all = mirror_with_renewals(&run, error) && tell_doubt(&run, error);
    tell_budget(&run);
    mirror_run_note_traffic(&run);
    if (!finish(&run, seen_all, error))
        return false;
    last_seen_note(repository_path(run.repository), run.account_name, now());
    return true;
}

bool mirror_probe(const AccountSettings *settings, const Secret *password, MirrorProbe *probe,
                  GCancellable *cancellable, GError **error)
{
    *probe = (MirrorProbe){0};
    g_autoptr(MirrorLink) link = mirror_link_new(settings, password, 0, cancellable);
    if (!mirror_link_open(link, error))
        return false;
    g_autoptr(ServerMailboxes) mailboxes =
        ask_mailboxes(mirror_link_client(link), settings->shared, &probe->server, error);
    if (!mailboxes)
        return false;
    probe->mechanism = mirror_link_login(link)->mechanism;
    probe->refused_mechanism = mirror_link_login(link)->refused;
    probe->mailboxes = count_selectable(mailboxes);
    for (guint i = 0; i < mailboxes->mailboxes->len; i++)
        probe->messages += ((const ServerMailbox *)mailboxes->mailboxes->pdata[i])->state.messages;
    return true;
}
