#include "mailbox_lists.h"

#include <stdlib.h>
#include <string.h>

#include "view.h"

bool mailbox_lists_catalog(Repository *repository, uint32_t mailbox, KeywordTable *keywords, GArray *listing,
                           GError **error)
{
    g_autoptr(View) view = view_acquire(repository, error);
    MessageScan scan;
    if (!view || !message_scan_begin(&scan, view, mailbox, SNAPSHOT_CURRENT, 1, error))
        return false;
    g_autoptr(GError) cause = NULL;
    MessageRow row;
    while (message_scan_next(&scan, &row, &cause)) {
        ListedMessage message = {.uid = row.uid,
                                 .flags = row.flags,
                                 .keywords = keyword_table_number(keywords, row.keywords, row.keywords_length)};
        g_array_append_val(listing, message);
    }
    message_scan_end(&scan);
    if (!cause)
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

/* What the answers to a search, and to a FETCH beside it, come to. */
typedef struct {
    GArray *ranges; /* ImapUidRange */
    KeywordTable *keywords;
    GArray *changed; /* ListedMessage */
    uint32_t expunged;
    bool refused;
    uint32_t lowest; /* UID that was answered for, when that was not all (RFC 9738); else 0 */
} Answers;

static void answers_clear(Answers *answers)
{
    g_array_unref(answers->ranges);
    g_array_unref(answers->changed);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answers, answers_clear)

static Answers answers_new(KeywordTable *keywords)
{
    return (Answers){.ranges = g_array_new(FALSE, FALSE, sizeof(ImapUidRange)),
                     .keywords = keywords,
                     .changed = g_array_new(FALSE, FALSE, sizeof(ListedMessage))};
}

static void take_changed(Answers *answers, const ImapFetch *fetch)
{
    if (!answers->keywords || fetch->uid == 0 || !fetch->has_flags)
        return;
    ListedMessage message = {.uid = fetch->uid,
                             .flags = fetch->flags,
                             .keywords =
                                 keyword_table_number(answers->keywords, fetch->keywords, strlen(fetch->keywords))};
    g_array_append_val(answers->changed, message);
}

static void note_end(Answers *answers, const ImapCondition *condition)
{
    bool limited = condition->code == IMAP_CODE_MESSAGELIMIT;
    answers->refused |= condition->outcome != IMAP_OK || (limited && condition->number == 0);
    answers->lowest = limited ? (uint32_t)condition->number : answers->lowest;
}

static bool take_answers(ImapClient *client, Answers *answers, GError **error)
{
    while (imap_session_commands_open(imap_client_session(client)) > 0) {
        ImapEvent event;
        if (!imap_client_next(client, &event, error))
            return false;
        if (event.kind == IMAP_EVENT_SEARCH)
            g_array_append_vals(answers->ranges, event.search.ranges, (guint)event.search.count);
        else if (event.kind == IMAP_EVENT_FETCH)
            take_changed(answers, &event.fetch);
        else if (event.kind == IMAP_EVENT_EXPUNGE)
            answers->expunged++;
        else if (event.kind == IMAP_EVENT_TAGGED)
            note_end(answers, &event.condition);
    }
    return true;
}

static uint64_t count_uids(const GArray *ranges)
{
    uint64_t count = 0;
    for (guint i = 0; i < ranges->len; i++) {
        const ImapUidRange *range = &g_array_index(ranges, ImapUidRange, i);
        count += (uint64_t)range->last - range->first + 1;
    }
    return count;
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = ((const ListedMessage *)a)->uid;
    uint32_t right = ((const ListedMessage *)b)->uid;
    return (left > right) - (left < right);
}

/* With the flags the catalog has; those it does not know are fetched with their flags. */
static void append_uids(const GArray *ranges, const GArray *catalog, GArray *listing)
{
    for (guint i = 0; i < ranges->len; i++) {
        const ImapUidRange *range = &g_array_index(ranges, ImapUidRange, i);
        for (uint64_t uid = range->first; uid <= range->last; uid++) {
            ListedMessage message = {.uid = (uint32_t)uid};
            const ListedMessage *known =
                catalog->len ? bsearch(&message, catalog->data, catalog->len, sizeof message, compare_uids) : NULL;
            g_array_append_vals(listing, known ? known : &message, 1);
        }
    }
}

bool mailbox_lists_changes(ImapClient *client, uint64_t modseq, uint32_t exists, const GArray *catalog,
                           KeywordTable *keywords, GArray *listing, bool *sound, GError **error)
{
    g_auto(Answers) answers = answers_new(keywords);
    imap_client_send(client, imap_command_search_all());
    if (imap_client_send(client, imap_command_fetch("1:*", IMAP_ITEM_FLAGS, modseq, error)) == 0 ||
        !take_answers(client, &answers, error))
        return false;
    uint64_t told = count_uids(answers.ranges);
    *sound = !answers.refused && answers.lowest == 0 && told <= exists && told + answers.expunged >= exists;
    if (!*sound)
        return true;
    append_uids(answers.ranges, catalog, listing);
    g_array_append_vals(listing, answers.changed->data, answers.changed->len); /* what comes last counts */
    message_listing_sort(listing);
    return true;
}

static int compare_ranges(const void *a, const void *b)
{
    uint32_t left = ((const ImapUidRange *)a)->first;
    uint32_t right = ((const ImapUidRange *)b)->first;
    return (left > right) - (left < right);
}

/* Those of the listing that are in the ranges. */
static GArray *intersection(GArray *ranges, const GArray *listing)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_sort(ranges, compare_ranges);
    guint at = 0;
    for (guint i = 0; i < listing->len; i++) {
        uint32_t uid = g_array_index(listing, ListedMessage, i).uid;
        while (at < ranges->len && g_array_index(ranges, ImapUidRange, at).last < uid)
            at++;
        if (at < ranges->len && g_array_index(ranges, ImapUidRange, at).first <= uid)
            g_array_append_val(uids, uid);
    }
    return uids;
}

GArray *mailbox_lists_since(ImapClient *client, int64_t day, const GArray *listing, GError **error)
{
    g_auto(Answers) answers = answers_new(NULL);
    bool extended = imap_client_has_capability(client, "ESEARCH");
    uint32_t before, highest = UINT32_MAX;
    do {
        before = highest;
        answers.lowest = 0;
        imap_client_send(client, imap_command_search_since(day, highest, extended));
        if (!take_answers(client, &answers, error))
            return NULL;
        highest = answers.lowest > 0 ? answers.lowest - 1 : 0;
        answers.refused |= highest >= before;
    } while (highest > 0 && !answers.refused);
    ImapUidRange all = {.first = 1, .last = UINT32_MAX};
    if (answers.refused)
        g_array_append_val(answers.ranges, all);
    return intersection(answers.ranges, listing);
}
