#include "mirror_plan.h"

/* NULL behind the end. */
static const ListedMessage *message_at(const GArray *listing, guint index)
{
    return index < listing->len ? &g_array_index(listing, ListedMessage, index) : NULL;
}

MessagePlan *plan_messages(const GArray *server, const GArray *catalog)
{
    MessagePlan *plan = g_new0(MessagePlan, 1);
    plan->fetch = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    plan->remove = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    plan->reflag = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    guint there = 0;
    guint here = 0;
    while (there < server->len || here < catalog->len) {
        const ListedMessage *theirs = message_at(server, there);
        const ListedMessage *ours = message_at(catalog, here);
        if (!ours || (theirs && theirs->uid < ours->uid)) {
            g_array_append_val(plan->fetch, theirs->uid);
            there++;
        } else if (!theirs || ours->uid < theirs->uid) {
            g_array_append_val(plan->remove, ours->uid);
            here++;
        } else {
            if (theirs->flags != ours->flags || theirs->keywords != ours->keywords)
                g_array_append_val(plan->reflag, *theirs);
            there++;
            here++;
        }
    }
    return plan;
}

void message_plan_free(MessagePlan *plan)
{
    if (!plan)
        return;
    g_array_unref(plan->fetch);
    g_array_unref(plan->remove);
    g_array_unref(plan->reflag);
    g_free(plan);
}

bool plan_is_unchanged(const ServerMailbox *mailbox, const MailboxInfo *known)
{
    const MailboxCursor *now = &mailbox->state;
    const MailboxCursor *then = &known->cursor;
    bool same_kind = ((mailbox->attributes ^ known->attributes) & MAILBOX_HEADERS_ONLY) == 0;
    bool all_stored = mailbox->choice.kind == CHOICE_SINCE || known->messages == now->messages;
    if (!same_kind || !all_stored || then->uidnext == 0 || mailbox->uidvalidity != known->uidvalidity ||
        now->uidnext != then->uidnext || now->messages != then->messages)
        return false;
    if (now->messages == 0)
        return true;
    return now->highestmodseq != 0 && now->highestmodseq == then->highestmodseq;
}

size_t plan_budget(const uint64_t *sizes, size_t count, uint64_t bytes_left, uint64_t bytes_promised)
{
    uint64_t room = bytes_left - MIN(bytes_left, bytes_promised);
    size_t fit = 0;
    for (; fit < count && sizes[fit] <= room; fit++)
        room -= sizes[fit];
    bool may_go_beyond = count > 0 && bytes_left > 0 && bytes_promised == 0;
    return fit == 0 && may_go_beyond ? 1 : fit;
}

EpochPlan plan_epoch(const KnownMailboxes *known, const ServerMailbox *mailbox, uint32_t uidvalidity)
{
    const MailboxInfo *epoch = known_mailboxes_epoch(known, mailbox->name, mailbox->name_length, uidvalidity);
    /* Headers and whole messages do not go together under the same UIDs. */
    if (!epoch || ((mailbox->attributes ^ epoch->attributes) & MAILBOX_HEADERS_ONLY))
        return (EpochPlan){.action = EPOCH_ADD};
    bool as_it_is = known_mailboxes_is_shown(known, epoch->mailbox) && epoch->delimiter == mailbox->delimiter &&
                    epoch->attributes == mailbox->attributes;
    return (EpochPlan){.action = as_it_is ? EPOCH_KEEP : EPOCH_SHOW, .known = epoch};
}
