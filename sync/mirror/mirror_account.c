#include "ask_mailboxes.h"
#include "error.h"
#include "imap_login.h"
#include "known_mailboxes.h"
#include "mirror.h"
#include "mirror_ingest.h"
#include "mirror_mailbox.h"
#include "mirror_run.h"
#include "view.h"

static const LoginTimeouts timeouts = {.connect_timeout_ms = 30 * 1000, .idle_timeout_ms = 120 * 1000};

void mirror_report_clear(MirrorReport *report)
{
    g_clear_pointer(&report->mechanism, g_free);
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

static bool mirror_mailboxes(MirrorRun *run, GError **error)
{
    g_autoptr(ServerMailboxes) mailboxes = ask_mailboxes(run->client, error);
    if (!mailboxes || !server_mailboxes_add_implied_levels(mailboxes, error))
        return false;
    g_autoptr(KnownMailboxes) known = load_known(run->repository, run->account, error);
    if (!known)
        return false;
    run->report->mailboxes = count_selectable(mailboxes);
    run->progress.messages_total = estimate_total(known, mailboxes);
    for (guint i = 0; i < mailboxes->mailboxes->len; i++)
        if (!mirror_mailbox(run, known, mailboxes->mailboxes->pdata[i], error))
            return false;
    return settle_unlisted(run, mailboxes, known, error);
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

bool mirror_account(Repository *repository, Writer *writer, const AccountSettings *settings, const Secret *password,
                    const MirrorObserver *observer, MirrorReport *report, GCancellable *cancellable, GError **error)
{
    *report = (MirrorReport){.complete = true};
    MirrorRun run = {.repository = repository, .observer = observer, .report = report};
    LoginOutcome outcome;
    g_autoptr(ImapClient) client = imap_login(settings, &timeouts, password, &outcome, cancellable, error);
    if (!client || !writer_add_account(writer, settings->name, &run.account, error))
        return false;
    report->mechanism = g_strdup(outcome.mechanism);
    run.client = client;
    run.ingest = ingest_start(writer, run.account);
    return finish(&run, mirror_mailboxes(&run, error), error);
}

bool mirror_probe(const AccountSettings *settings, const Secret *password, MirrorProbe *probe,
                  GCancellable *cancellable, GError **error)
{
    *probe = (MirrorProbe){0};
    LoginOutcome outcome;
    g_autoptr(ImapClient) client = imap_login(settings, &timeouts, password, &outcome, cancellable, error);
    g_autoptr(ServerMailboxes) mailboxes = client ? ask_mailboxes(client, error) : NULL;
    if (!mailboxes)
        return false;
    probe->mechanism = outcome.mechanism;
    probe->refused_mechanism = outcome.refused;
    probe->mailboxes = count_selectable(mailboxes);
    for (guint i = 0; i < mailboxes->mailboxes->len; i++)
        probe->messages += ((const ServerMailbox *)mailboxes->mailboxes->pdata[i])->state.messages;
    return true;
}
