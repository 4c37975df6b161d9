/* Plans against a naive model: whatever two listings are given, carrying out the plan makes the catalog's the server's,
 * and does nothing that was not needed. */
#include "mirror_plan.h"

#include <string.h>

enum { HIGHEST_UID = 40, ROUNDS = 3000, STEPS_PER_ROUND = 12 };

/* A mailbox as an array by UID; flags -1: no such message. */
typedef struct {
    int flags[HIGHEST_UID + 1];
    int keywords[HIGHEST_UID + 1];
} Model;

static Model empty_model(void)
{
    Model model;
    memset(&model, 0xff, sizeof model);
    return model;
}

static GArray *listing_of(const Model *model)
{
    GArray *listing = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    for (uint32_t uid = 1; uid <= HIGHEST_UID; uid++)
        if (model->flags[uid] >= 0) {
            ListedMessage message = {
                .uid = uid, .flags = (uint32_t)model->flags[uid], .keywords = (uint32_t)model->keywords[uid]};
            g_array_append_val(listing, message);
        }
    return listing;
}

static void change_at_random(Model *model)
{
    int uid = g_test_rand_int_range(1, HIGHEST_UID + 1);
    bool gone = g_test_rand_int_range(0, 3) == 0;
    model->flags[uid] = gone ? -1 : g_test_rand_int_range(0, 4);
    model->keywords[uid] = gone ? -1 : g_test_rand_int_range(0, 2);
}

static bool contains(const GArray *uids, uint32_t uid)
{
    for (guint i = 0; i < uids->len; i++)
        if (g_array_index(uids, uint32_t, i) == uid)
            return true;
    return false;
}

static const ListedMessage *find_reflag(const GArray *reflag, uint32_t uid)
{
    for (guint i = 0; i < reflag->len; i++)
        if (g_array_index(reflag, ListedMessage, i).uid == uid)
            return &g_array_index(reflag, ListedMessage, i);
    return NULL;
}

static void check_plan(const MessagePlan *plan, const Model *server, const Model *catalog)
{
    for (uint32_t uid = 1; uid <= HIGHEST_UID; uid++) {
        bool there = server->flags[uid] >= 0;
        bool here = catalog->flags[uid] >= 0;
        bool differs = server->flags[uid] != catalog->flags[uid] || server->keywords[uid] != catalog->keywords[uid];
        const ListedMessage *reflag = find_reflag(plan->reflag, uid);
        g_assert_cmpint(contains(plan->fetch, uid), ==, there && !here);
        g_assert_cmpint(contains(plan->remove, uid), ==, here && !there);
        g_assert_cmpint(reflag != NULL, ==, there && here && differs);
        if (reflag) {
            g_assert_cmpuint(reflag->flags, ==, (uint32_t)server->flags[uid]);
            g_assert_cmpuint(reflag->keywords, ==, (uint32_t)server->keywords[uid]);
        }
    }
}

/* As a run that is cut short does: some of it, in any order. */
static void carry_out_partly(const MessagePlan *plan, const Model *server, Model *catalog)
{
    for (guint i = 0; i < plan->fetch->len; i++) {
        uint32_t uid = g_array_index(plan->fetch, uint32_t, i);
        if (g_test_rand_int_range(0, 3)) {
            catalog->flags[uid] = server->flags[uid];
            catalog->keywords[uid] = server->keywords[uid];
        }
    }
    for (guint i = 0; i < plan->remove->len; i++)
        if (g_test_rand_int_range(0, 3))
            catalog->flags[g_array_index(plan->remove, uint32_t, i)] = -1;
    for (guint i = 0; i < plan->remove->len; i++) {
        uint32_t uid = g_array_index(plan->remove, uint32_t, i);
        catalog->keywords[uid] = catalog->flags[uid] < 0 ? -1 : catalog->keywords[uid];
    }
}

static void test_random_histories(void)
{
    Model server = empty_model();
    Model catalog = empty_model();
    for (int round = 0; round < ROUNDS; round++) {
        for (int step = g_test_rand_int_range(0, STEPS_PER_ROUND); step > 0; step--)
            change_at_random(&server);
        g_autoptr(GArray) there = listing_of(&server);
        g_autoptr(GArray) here = listing_of(&catalog);
        g_autoptr(MessagePlan) plan = plan_messages(there, here);
        check_plan(plan, &server, &catalog);
        carry_out_partly(plan, &server, &catalog);
    }
}

static void test_listing_sort(void)
{
    static const ListedMessage given[] = {{9, 1, 0}, {2, 1, 0}, {9, 2, 0}, {UINT32_MAX, 3, 0}, {1, 1, 0}, {9, 3, 0}};
    static const ListedMessage expected[] = {{1, 1, 0}, {2, 1, 0}, {9, 3, 0}, {UINT32_MAX, 3, 0}};
    g_autoptr(GArray) listing = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    g_array_append_vals(listing, given, G_N_ELEMENTS(given));
    message_listing_sort(listing);
    g_assert_cmpmem(listing->data, listing->len * sizeof(ListedMessage), expected, sizeof expected);
    g_array_set_size(listing, 0);
    message_listing_sort(listing);
    g_assert_cmpuint(listing->len, ==, 0);
}

static void test_keyword_table(void)
{
    g_autoptr(KeywordTable) table = keyword_table_new();
    uint32_t none = keyword_table_number(table, "", 0);
    uint32_t junk = keyword_table_number(table, "$Junk", 5);
    g_assert_cmpuint(none, !=, junk);
    g_assert_cmpuint(keyword_table_number(table, "$Junk and more", 5), ==, junk);
    g_assert_cmpstr(keyword_table_text(table, junk), ==, "$Junk");
    g_assert_cmpstr(keyword_table_text(table, none), ==, "");
}

static ServerMailbox status_of(uint32_t uidvalidity, uint32_t uidnext, uint32_t messages, uint64_t highestmodseq)
{
    return (ServerMailbox){.uidvalidity = uidvalidity,
                           .state = {.uidnext = uidnext, .messages = messages, .highestmodseq = highestmodseq}};
}

static void test_unchanged(void)
{
    MailboxInfo known = {
        .uidvalidity = 7, .messages = 3, .cursor = {.uidnext = 10, .messages = 3, .highestmodseq = 99}};
    ServerMailbox same = status_of(7, 10, 3, 99);
    g_assert_true(plan_is_unchanged(&same, &known));
    const ServerMailbox changed[] = {status_of(8, 10, 3, 99),  status_of(7, 11, 3, 99), status_of(7, 10, 2, 99),
                                     status_of(7, 10, 3, 100), status_of(7, 10, 3, 0),  status_of(0, 0, 0, 0)};
    for (size_t i = 0; i < G_N_ELEMENTS(changed); i++)
        g_assert_false(plan_is_unchanged(&changed[i], &known));
    MailboxInfo holes = known;
    holes.messages = 2;
    g_assert_false(plan_is_unchanged(&same, &holes));
    same.choice.kind = CHOICE_SINCE; /* older ones are not wanted */
    g_assert_true(plan_is_unchanged(&same, &holes));
    same.attributes = MAILBOX_HEADERS_ONLY;
    g_assert_false(plan_is_unchanged(&same, &holes));
}

static void test_unchanged_without_modseq(void)
{
    MailboxInfo known = {.uidvalidity = 7, .cursor = {.uidnext = 10, .messages = 3}};
    ServerMailbox same = status_of(7, 10, 3, 0);
    g_assert_false(plan_is_unchanged(&same, &known)); /* flags may have changed */
    MailboxInfo empty = {.uidvalidity = 7, .cursor = {.uidnext = 10}};
    ServerMailbox still_empty = status_of(7, 10, 0, 0);
    g_assert_true(plan_is_unchanged(&still_empty, &empty));
    MailboxInfo never_finished = {.uidvalidity = 7};
    ServerMailbox silent = status_of(7, 0, 0, 0);
    g_assert_false(plan_is_unchanged(&silent, &never_finished));
}

static MailboxInfo *info_new(uint32_t number, uint32_t uidvalidity, const char *name)
{
    MailboxInfo *info = g_new0(MailboxInfo, 1);
    info->mailbox = number;
    info->uidvalidity = uidvalidity;
    info->name = (uint8_t *)g_strdup(name);
    info->name_length = strlen(name);
    info->delimiter = '/';
    return info;
}

static void info_free(void *pointer)
{
    g_free(((MailboxInfo *)pointer)->name);
    g_free(pointer);
}

/* INBOX is shown in epoch 20, was 10 before; Old is gone. */
static KnownMailboxes *some_known(void)
{
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(info_free);
    g_autoptr(GPtrArray) epochs = g_ptr_array_new_with_free_func(info_free);
    g_ptr_array_add(shown, info_new(2, 20, "INBOX"));
    g_ptr_array_add(shown, info_new(4, 0, "Level"));
    g_ptr_array_add(epochs, info_new(1, 10, "INBOX"));
    g_ptr_array_add(epochs, info_new(2, 20, "INBOX"));
    g_ptr_array_add(epochs, info_new(3, 30, "Old"));
    g_ptr_array_add(epochs, info_new(4, 0, "Level"));
    return known_mailboxes_new(shown, epochs);
}

static void check_epoch(const char *name, uint32_t uidvalidity, char delimiter, EpochAction action, uint32_t number)
{
    g_autoptr(KnownMailboxes) known = some_known();
    ServerMailbox mailbox = {.name = (uint8_t *)(uintptr_t)name, .name_length = strlen(name), .delimiter = delimiter};
    EpochPlan plan = plan_epoch(known, &mailbox, uidvalidity);
    g_assert_cmpint(plan.action, ==, action);
    g_assert_cmpuint(plan.known ? plan.known->mailbox : 0, ==, number);
}

static void test_epochs(void)
{
    check_epoch("INBOX", 20, '/', EPOCH_KEEP, 2);
    check_epoch("INBOX", 20, '.', EPOCH_SHOW, 2); /* listed otherwise */
    check_epoch("INBOX", 10, '/', EPOCH_SHOW, 1); /* it is back */
    check_epoch("INBOX", 21, '/', EPOCH_ADD, 0);
    check_epoch("Old", 30, '/', EPOCH_SHOW, 3);
    check_epoch("New", 20, '/', EPOCH_ADD, 0); /* UIDVALIDITY alone is no identity */
    check_epoch("Level", 0, '/', EPOCH_KEEP, 4);
    check_epoch("Level", 5, '/', EPOCH_ADD, 0);
}

static void test_unclaimed(void)
{
    g_autoptr(KnownMailboxes) known = some_known();
    known_mailboxes_claim(known, 2);
    g_autoptr(GArray) gone = known_mailboxes_unclaimed(known);
    g_assert_cmpuint(gone->len, ==, 1); /* those that were gone before are not gone again */
    g_assert_cmpuint(g_array_index(gone, uint32_t, 0), ==, 4);
    g_assert_null(known_mailboxes_shown_as(known, (const uint8_t *)"Old", 3));
    g_assert_cmpuint(known_mailboxes_shown_as(known, (const uint8_t *)"INBOX", 5)->mailbox, ==, 2);
}

static void test_budget(void)
{
    const uint64_t sizes[] = {10, 20, 30, 1000, 1};
    size_t count = G_N_ELEMENTS(sizes);
    g_assert_cmpuint(plan_budget(sizes, count, 5000, 0), ==, 5);
    g_assert_cmpuint(plan_budget(sizes, count, 59, 0), ==, 2);
    g_assert_cmpuint(plan_budget(sizes, count, 60, 0), ==, 3);
    g_assert_cmpuint(plan_budget(sizes, count, 60, 31), ==, 1);
    g_assert_cmpuint(plan_budget(sizes, count, 60, 70), ==, 0); /* more was promised than came to be left */
    g_assert_cmpuint(plan_budget(sizes, count, 5, 0), ==, 1);   /* goes beyond, alone */
    g_assert_cmpuint(plan_budget(sizes, count, 5, 1), ==, 0);
    g_assert_cmpuint(plan_budget(sizes, count, 0, 0), ==, 0);
    g_assert_cmpuint(plan_budget(sizes, 0, 100, 0), ==, 0);
}

/* Whatever the sizes, and however much is on its way at once: a day's messages go beyond its limit by one at most. */
static void test_budget_of_a_day(void)
{
    for (unsigned round = 0; round < 200; round++) {
        uint64_t sizes[100], left = (uint64_t)g_test_rand_int_range(1, 20000), promised = 0, read = 0, largest = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            sizes[i] = (uint64_t)g_test_rand_int_range(1, 3000);
            largest = MAX(largest, sizes[i]);
        }
        uint64_t limit = left;
        for (size_t next = 0, arrived = 0;;) {
            size_t granted = plan_budget(sizes + next, MIN(G_N_ELEMENTS(sizes) - next, 7), left, promised);
            for (size_t i = 0; i < granted; i++)
                promised += sizes[next++];
            if (granted == 0 && arrived == next)
                break;
            for (; arrived < next && (granted == 0 || g_test_rand_bit()); arrived++) {
                promised -= sizes[arrived];
                read += sizes[arrived];
                left -= MIN(left, sizes[arrived]);
            }
        }
        g_assert_cmpuint(read, <, limit + largest);
        g_assert_true(left == 0 || promised == 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mirror-plan/random-histories", test_random_histories);
    g_test_add_func("/mirror-plan/listing-sort", test_listing_sort);
    g_test_add_func("/mirror-plan/keyword-table", test_keyword_table);
    g_test_add_func("/mirror-plan/unchanged", test_unchanged);
    g_test_add_func("/mirror-plan/unchanged-without-modseq", test_unchanged_without_modseq);
    g_test_add_func("/mirror-plan/epochs", test_epochs);
    g_test_add_func("/mirror-plan/unclaimed", test_unclaimed);
    g_test_add_func("/mirror-plan/budget", test_budget);
    g_test_add_func("/mirror-plan/budget-of-a-day", test_budget_of_a_day);
    return g_test_run();
}
