#include "mirror_mailbox.h"

#include "error.h"
#include "mailbox_lists.h"
#include "mirror_copies.h"
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
    uint32_t number;          /* its epoch in the catalog; 0: new */
    const MailboxInfo *epoch; /* likewise; NULL: new */
    KeywordTable *keywords;
    GArray *on_server;  /* ListedMessage */
    GArray *in_catalog; /* likewise */
    bool whole;         /* the server listed all it has */
    uint64_t missing;   /* with those that were not asked for */
    uint64_t unasked;
    uint64_t gone;     /* while we fetched */
    uint64_t left_out; /* by the user's choice */
} MailboxStep;

static void mailbox_step_clear(MailboxStep *step)
{
    g_free(step->display_name);
    keyword_table_free(step->keywords);
    g_array_unref(step->on_server);
    g_array_unref(step->in_catalog);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailboxStep, mailbox_step_clear)

static MailboxListing listing_of(const ServerMailbox *listed)
{
    return (MailboxListing){.name = listed->name,
                            .name_length = listed->name_length,
                            .delimiter = listed->delimiter,
                            .attributes = listed->attributes};
}

/* The epoch that is the mailbox of this name and UIDVALIDITY, added or shown where it is not yet. */
static bool settle_epoch(MailboxStep *step, const ServerMailbox *listed, uint32_t uidvalidity, GError **error)
{
    MailboxListing listing = listing_of(listed);
    EpochPlan plan = plan_epoch(step->known, listed, uidvalidity);
    if (plan.action == EPOCH_ADD) {
        step->mailbox = ingest_add_mailbox(step->run->ingest, step->display_name, uidvalidity, &listing, error);
        return step->mailbox;
    }
    step->epoch = plan.known;
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
        mail_survival_note_kept(&step->run->survival, shown->attributes, shown->messages);
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

/* What changed, where the server can tell and is believed: not once a week, when all is listed whatever it says. */
static bool list_changes(MailboxStep *step, bool *sound, GError **error)
{
    ImapClient *client = mirror_link_client(step->run->link);
    uint64_t modseq = step->epoch ? step->epoch->cursor.highestmodseq : 0;
    *sound = modseq > 0 && step->examined.state.highestmodseq >= modseq && step->examined.state.messages > 0 &&
             !step->run->look_at_all && imap_client_has_capability(client, "CONDSTORE") &&
             imap_client_has_capability(client, "ESEARCH");
    return !*sound || mailbox_lists_changes(client, modseq, step->examined.state.messages, step->in_catalog,
                                            step->keywords, step->on_server, sound, error);
}

static bool list_both(MailboxStep *step, GError **error)
{
    bool sound;
    if (step->number != 0 &&
        !mailbox_lists_catalog(step->run->repository, step->number, step->keywords, step->in_catalog, error))
        return false;
    if (!list_changes(step, &sound, error))
        return false;
    step->whole = sound;
    return sound || list_server(step, error);
}

/* What the user does not want of it is not fetched; what is stored of it stays. */
static bool apply_choice(MailboxStep *step, MessagePlan *plan, GError **error)
{
    if (step->listed->choice.kind != CHOICE_SINCE || plan->fetch->len == 0)
        return true;
    g_autoptr(GArray) listing = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    for (guint i = 0; i < plan->fetch->len; i++) {
        ListedMessage message = {.uid = g_array_index(plan->fetch, uint32_t, i)};
        g_array_append_val(listing, message);
    }
    GArray *wanted =
        mailbox_lists_since(mirror_link_client(step->run->link), step->listed->choice.since, listing, error);
    if (!wanted)
        return false;
    step->left_out = plan->fetch->len - wanted->len;
    g_array_unref(plan->fetch);
    plan->fetch = wanted;
    return true;
}

static bool fetch_rest(MailboxStep *step, const FetchOrder *order, GError **error)
{
    FetchResult result;
    uint64_t estimated = mirror_mailbox_estimate(step->known, step->listed);
    mirror_run_begin_mailbox(step->run, step->display_name, order->count, estimated);
    g_autoptr(GArray) left = NULL;
    if (!mirror_copies(step->run, order, &left, error))
        return false;
    FetchOrder rest = *order;
    rest.uids = (const uint32_t *)(const void *)left->data;
    rest.count = left->len;
    mail_survival_note_copied(&step->run->survival, order->count - rest.count);
    if (!mirror_fetch(step->run, &rest, &result, error))
        return false;
    step->missing = result.missing + result.left;
    step->unasked = result.left;
    step->gone = result.gone;
    step->run->has_messages |= step->run->origin_item != 0 && rest.count > 0;
    return true;
}

static bool fetch_missing(MailboxStep *step, const MessagePlan *plan, GError **error)
{
    FetchOrder order = {.mailbox = step->mailbox,
                        .display_name = step->display_name,
                        .listed = step->listed,
                        .uidvalidity = step->uidvalidity,
                        .headers_only = step->listed->choice.kind == CHOICE_HEADERS,
                        .uids = (const uint32_t *)(const void *)plan->fetch->data,
                        .count = plan->fetch->len};
    return order.count == 0 || fetch_rest(step, &order, error);
}

/* Whether the server gave the UIDs of old messages of this epoch to new ones. */
static bool was_used_again(MailboxStep *step, const MessagePlan *plan, bool *again, GError **error)
{
    *again = false;
    if (!step->epoch || plan->fetch->len == 0)
        return true;
    if (!ingest_drain(step->run->ingest, error))
        return false;
    *again = ingest_take_refused(step->run->ingest, step->mailbox);
    return !*again || ingest_settle(step->run->ingest, error);
}

static void tell_mailbox(const MailboxStep *step)
{
    uint64_t on_server = step->on_server->len - step->gone;
    MirrorMailbox told = {.name = step->display_name,
                          .messages_on_server = on_server,
                          .messages_stored = on_server - step->missing - step->left_out,
                          .refused = step->missing - step->unasked,
                          .unasked = step->unasked,
                          .left_out = step->left_out};
    mirror_run_tell_mailbox(step->run, &told);
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

static void note_survival(const MailboxStep *step, const MessagePlan *plan)
{
    MailSurvival *survival = &step->run->survival;
    guint had = step->in_catalog->len;
    guint lost = step->whole ? plan->remove->len : 0;
    mail_survival_note_kept(survival, step->listed->attributes, had - lost);
    if (lost == had && step->on_server->len == 0)
        mail_survival_note_emptied(survival, step->display_name, step->listed->attributes, lost);
}

static bool settle_differences(MailboxStep *step, const MessagePlan *plan, GError **error)
{
    if (!remove_gone(step, plan, error) || !change_flags(step, plan, error) || !move_cursor(step, error))
        return false;
    note_survival(step, plan);
    tell_mailbox(step);
    return true;
}

/* The server gave UIDs of old messages to new ones, which only a new UIDVALIDITY may do: so we take it that it has one.
 * The old epoch stays as it is, in the snapshots that show it. */
static bool begin_new_epoch(MailboxStep *step, GError **error)
{
    g_autofree char *text = g_strdup_printf("%s: the server used UIDs of old messages again for others; the mailbox "
                                            "begins anew, what is stored of the old ones stays",
                                            step->display_name);
    mirror_run_warn(step->run, text);
    known_mailboxes_disown(step->known, step->number);
    MailboxListing listing = listing_of(step->listed);
    step->number = 0;
    step->epoch = NULL;
    g_array_set_size(step->in_catalog, 0);
    g_array_set_size(step->on_server, 0);
    step->mailbox = ingest_add_mailbox(step->run->ingest, step->display_name, step->uidvalidity, &listing, error);
    step->run->has_messages = true;
    return step->mailbox != NULL;
}

static bool reconcile_once(MailboxStep *step, bool *again, GError **error)
{
    if (!list_both(step, error))
        return false;
    g_autoptr(MessagePlan) plan = plan_messages(step->on_server, step->in_catalog);
    if (!apply_choice(step, plan, error) || !fetch_missing(step, plan, error) ||
        !was_used_again(step, plan, again, error))
        return false;
    return *again || settle_differences(step, plan, error);
}

static bool reconcile(MailboxStep *step, GError **error)
{
    bool again;
    return reconcile_once(step, &again, error) &&
           (!again || (begin_new_epoch(step, error) && reconcile_once(step, &again, error)));
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

static const MailboxInfo *unchanged_epoch(const MirrorRun *run, const KnownMailboxes *known,
                                          const ServerMailbox *mailbox)
{
    const MailboxInfo *epoch = known_mailboxes_epoch(known, mailbox->name, mailbox->name_length, mailbox->uidvalidity);
    return epoch && !run->look_at_all && plan_is_unchanged(mailbox, epoch) ? epoch : NULL;
}

uint64_t mirror_mailbox_estimate(const KnownMailboxes *known, const ServerMailbox *mailbox)
{
    const MailboxInfo *epoch = known_mailboxes_epoch(known, mailbox->name, mailbox->name_length, mailbox->uidvalidity);
    uint64_t stored = epoch ? epoch->messages : 0;
    return mailbox->state.messages > stored ? mailbox->state.messages - stored : 0;
}

/* A mailbox that loses one connection after the other without bringing anything must not keep the run from the others:
 * it is given up, and that is as good as progress. */
static void note_loss(MailboxStep *step, uint64_t bytes_before, GError *loss)
{
    if (!mirror_link_is_loss(loss) || step->run->report->bytes_read > bytes_before)
        return;
    if (mailbox_trouble_note(step->run->trouble, step->listed, loss)) {
        mirror_link_note_use(step->run->link);
        loss->code = MB_ERROR_AGAIN;
    }
}

static bool open_with_care(MailboxStep *step, GError **error)
{
    const char *given_up = mailbox_trouble_reason(step->run->trouble, step->listed);
    if (given_up)
        return settle_refused(step, given_up, error);
    uint64_t bytes_before = step->run->report->bytes_read;
    g_autoptr(GError) cause = NULL;
    bool done = open_and_reconcile(step, &cause);
    if (!done) {
        note_loss(step, bytes_before, cause);
        g_propagate_prefixed_error(error, g_steal_pointer(&cause), "%s: ", step->display_name);
    }
    mirror_run_end_mailbox(step->run);
    return done;
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
    const MailboxInfo *unchanged = unchanged_epoch(run, known, mailbox);
    if (!unchanged)
        return open_with_care(&step, error);
    MirrorMailbox told = {.name = step.display_name,
                          .messages_on_server = mailbox->state.messages,
                          .messages_stored = unchanged->messages,
                          .left_out = mailbox->state.messages - MIN(unchanged->messages, mailbox->state.messages)};
    mail_survival_note_kept(&run->survival, mailbox->attributes, unchanged->messages);
    mirror_run_tell_mailbox(run, &told);
    return settle_epoch(&step, mailbox, mailbox->uidvalidity, error);
}
