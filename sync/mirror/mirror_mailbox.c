#include "mirror_mailbox.h"

#include "error.h"
#include "mirror_examine.h"
#include "mirror_fetch.h"
#include "mirror_plan.h"

/* One mailbox on its way through the steps below. */
typedef struct {
    MirrorRun *run;
    KnownMailboxes *known;
    const ServerMailbox *listed;
    char *display_name;
    ExaminedMailbox examined;
    uint32_t uidvalidity;
    IngestMailbox *mailbox;
    uint32_t number; /* its epoch in the catalog; 0: new */
    KeywordTable *keywords;
    GArray *on_server;  /* ListedMessage */
    GArray *in_catalog; /* likewise */
    bool whole;         /* the server listed all it has */
    uint64_t missing;
} MailboxStep;

static void mailbox_step_clear(MailboxStep *step)
{
    g_free(step->display_name);
    keyword_table_free(step->keywords);
    g_array_unref(step->on_server);
    g_array_unref(step->in_catalog);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailboxStep, mailbox_step_clear)

/* The epoch that is the mailbox of this name and UIDVALIDITY, added or shown where it is not yet. */
static bool settle_epoch(MailboxStep *step, const ServerMailbox *listed, uint32_t uidvalidity, GError **error)
{
    MailboxListing listing = {.name = listed->name,
                              .name_length = listed->name_length,
                              .delimiter = listed->delimiter,
                              .attributes = listed->attributes};
    EpochPlan plan = plan_epoch(step->known, listed, uidvalidity);
    if (plan.action == EPOCH_ADD) {
        step->mailbox = ingest_add_mailbox(step->run->ingest, step->display_name, uidvalidity, &listing, error);
        return step->mailbox;
    }
    step->number = plan.known->mailbox;
    known_mailboxes_claim(step->known, step->number);
    step->mailbox = ingest_known_mailbox(step->run->ingest, step->display_name, step->number);
    return plan.action == EPOCH_KEEP || ingest_show_mailbox(step->run->ingest, step->mailbox, &listing, error);
}

/* What cannot be opened keeps its last known state. When nothing is known of it, it is shown as a level without
 * messages, for the sake of those below it. */
static bool settle_refused(MailboxStep *step, const char *reason, GError **error)
{
    const ServerMailbox *listed = step->listed;
    mirror_run_incomplete(step->run, "%s: the server does not open it: %s", step->display_name, reason);
    const MailboxInfo *shown = known_mailboxes_shown_as(step->known, listed->name, listed->name_length);
    if (shown) {
        known_mailboxes_claim(step->known, shown->mailbox);
        return true;
    }
    ServerMailbox level = *listed;
    level.attributes |= MAILBOX_NOSELECT;
    return settle_epoch(step, &level, 0, error);
}

/* Lists what the server has. Fewer than it said there are is half an answer, from which nobody is taken to be gone. */
static bool list_server(MailboxStep *step, GError **error)
{
    uint32_t exists = step->examined.state.messages;
    uint32_t expunged = 0;
    if (exists > 0 && !mirror_list_messages(mirror_link_client(step->run->link), "1:*", step->keywords, step->on_server,
                                            &expunged, error))
        return false;
    step->whole = (uint64_t)step->on_server->len + expunged >= exists;
    if (!step->whole)
        mirror_run_incomplete(step->run, "%s: the server lists %u messages of %u", step->display_name,
                              step->on_server->len, exists);
    return true;
}

static bool list_catalog(MailboxStep *step, GError **error)
{
    if (step->number == 0)
        return true;
    g_autoptr(View) view = view_acquire(step->run->repository, error);
    MessageScan scan;
    if (!view || !message_scan_begin(&scan, view, step->number, SNAPSHOT_CURRENT, 1, error))
        return false;
    g_autoptr(GError) cause = NULL;
    MessageRow row;
    while (message_scan_next(&scan, &row, &cause)) {
        ListedMessage message = {.uid = row.uid,
                                 .flags = row.flags,
                                 .keywords = keyword_table_number(step->keywords, row.keywords, row.keywords_length)};
        g_array_append_val(step->in_catalog, message);
    }
    message_scan_end(&scan);
    if (!cause)
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

static bool fetch_missing(MailboxStep *step, const MessagePlan *plan, GError **error)
{
    FetchOrder order = {.mailbox = step->mailbox,
                        .display_name = step->display_name,
                        .listed = step->listed,
                        .uidvalidity = step->uidvalidity,
                        .uids = (const uint32_t *)(const void *)plan->fetch->data,
                        .count = plan->fetch->len};
    FetchResult result;
    mirror_run_begin_mailbox(step->run, step->display_name, order.count,
                             mirror_mailbox_estimate(step->known, step->listed));
    if (!mirror_fetch(step->run, &order, &result, error))
        return false;
    step->missing = result.missing + result.left;
    step->run->report->missing += step->missing;
    step->run->report->messages_on_server += step->on_server->len - result.gone;
    step->run->report->messages_stored += step->on_server->len - result.gone - step->missing;
    return true;
}

static bool remove_gone(const MailboxStep *step, const MessagePlan *plan, GError **error)
{
    for (guint i = 0; step->whole && i < plan->remove->len; i++) {
        if (!ingest_remove_message(step->run->ingest, step->mailbox, g_array_index(plan->remove, uint32_t, i), error))
            return false;
        step->run->report->removed++;
    }
    return true;
}

static bool change_flags(const MailboxStep *step, const MessagePlan *plan, GError **error)
{
    for (guint i = 0; i < plan->reflag->len; i++) {
        const ListedMessage *message = &g_array_index(plan->reflag, ListedMessage, i);
        MessageFlags flags = {.flags = message->flags,
                              .keywords = keyword_table_text(step->keywords, message->keywords)};
        if (!ingest_set_flags(step->run->ingest, step->mailbox, message->uid, &flags, error))
            return false;
        step->run->report->reflagged++;
    }
    return true;
}

/* The cursor is where the mailbox stood when it was opened, before it was listed: what changed since is seen by the
 * next run. */
static bool move_cursor(const MailboxStep *step, GError **error)
{
    if (!step->whole || step->missing > 0)
        return true;
    return ingest_set_cursor(step->run->ingest, step->mailbox, &step->examined.state, error);
}

static bool reconcile(MailboxStep *step, GError **error)
{
    if (!list_server(step, error) || !list_catalog(step, error))
        return false;
    g_autoptr(MessagePlan) plan = plan_messages(step->on_server, step->in_catalog);
    return fetch_missing(step, plan, error) && remove_gone(step, plan, error) && change_flags(step, plan, error) &&
           move_cursor(step, error);
}

static bool open_and_reconcile(MailboxStep *step, GError **error)
{
    g_autofree char *refusal = NULL;
    if (!mirror_examine(mirror_link_client(step->run->link), step->listed, &step->examined, &refusal, error))
        return false;
    step->uidvalidity = step->examined.uidvalidity ? step->examined.uidvalidity : step->listed->uidvalidity;
    if (refusal)
        return settle_refused(step, refusal, error);
    if (step->uidvalidity == 0)
        return settle_refused(step, "it has no UIDVALIDITY, so its messages cannot be told apart", error);
    return settle_epoch(step, step->listed, step->uidvalidity, error) && reconcile(step, error);
}

static const MailboxInfo *unchanged_epoch(const KnownMailboxes *known, const ServerMailbox *mailbox)
{
    const MailboxInfo *epoch = known_mailboxes_epoch(known, mailbox->name, mailbox->name_length, mailbox->uidvalidity);
    return epoch && plan_is_unchanged(mailbox, epoch) ? epoch : NULL;
}

uint64_t mirror_mailbox_estimate(const KnownMailboxes *known, const ServerMailbox *mailbox)
{
    const MailboxInfo *epoch = known_mailboxes_epoch(known, mailbox->name, mailbox->name_length, mailbox->uidvalidity);
    uint64_t stored = epoch ? epoch->messages : 0;
    return mailbox->state.messages > stored ? mailbox->state.messages - stored : 0;
}

bool mirror_mailbox(MirrorRun *run, KnownMailboxes *known, const ServerMailbox *mailbox, GError **error)
{
    g_auto(MailboxStep) step = {.run = run,
                                .known = known,
                                .listed = mailbox,
                                .display_name = server_mailbox_display_name(mailbox),
                                .keywords = keyword_table_new(),
                                .on_server = g_array_new(FALSE, FALSE, sizeof(ListedMessage)),
                                .in_catalog = g_array_new(FALSE, FALSE, sizeof(ListedMessage))};
    if (mailbox->attributes & MAILBOX_NOSELECT)
        return settle_epoch(&step, mailbox, 0, error);
    const MailboxInfo *unchanged = unchanged_epoch(known, mailbox);
    if (!unchanged) {
        bool done = open_and_reconcile(&step, error);
        if (!done)
            g_prefix_error(error, "%s: ", step.display_name);
        mirror_run_end_mailbox(run);
        return done;
    }
    run->report->messages_on_server += mailbox->state.messages;
    run->report->messages_stored += unchanged->messages;
    return settle_epoch(&step, mailbox, mailbox->uidvalidity, error);
}
