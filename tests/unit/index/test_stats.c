/* What saved how much, and who has what. */
#include <string.h>

#include "repository_fixture.h"
#include "stats.h"

#define ATTACHMENT_BYTES 30000

static char *with_attachment(const char *subject)
{
    g_autofree guchar *bytes = g_malloc(ATTACHMENT_BYTES);
    g_autoptr(GRand) chance = g_rand_new_with_seed(1);
    for (int i = 0; i < ATTACHMENT_BYTES; i++)
        bytes[i] = (guchar)g_rand_int(chance);
    g_autofree char *encoded = g_base64_encode(bytes, ATTACHMENT_BYTES);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "Subject: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", subject);
    for (const char *at = encoded; *at; at += MIN(strlen(at), 76))
        g_string_append_printf(text, "%.76s\r\n", at);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static uint64_t stored_of_all(const Stats *stats)
{
    uint64_t sum = 0;
    for (guint i = 0; i < stats->mailboxes->len; i++)
        sum += ((const StatsMailbox *)stats->mailboxes->pdata[i])->stored_bytes;
    return sum;
}

static void assert_adds_up(const Stats *stats)
{
    int64_t saved =
        stats->saved_by_copies + stats->saved_by_attachments + stats->saved_by_zstd + stats->saved_by_frames;
    g_assert_cmpint((int64_t)stats->mail_bytes - saved, ==, stats->stored_bytes);
    g_assert_cmpuint(stored_of_all(stats), <=, stats->stored_bytes);
    g_assert_cmpuint(stored_of_all(stats) + stats->mailboxes->len, >=, stats->stored_bytes);
    g_assert_cmpuint(stats->stored_bytes, <=, stats->pack_bytes);
}

static const StatsMailbox *mailbox(const Stats *stats, guint index, const char *name)
{
    const StatsMailbox *found = stats->mailboxes->pdata[index];
    g_assert_cmpstr(found->name, ==, name);
    return found;
}

static void test_savings(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1), copies = fixture_mailbox(fixture, "Copies", 2);
    uint32_t utf7 = fixture_mailbox(fixture, "Entw&APw-rfe", 3);
    g_autofree char *first = with_attachment("one"), *second = with_attachment("another");
    fixture_message(fixture, inbox, 1, first);
    fixture_message(fixture, copies, 1, first);
    fixture_message(fixture, utf7, 1, second);
    g_assert_cmpuint(fixture_publish(fixture), ==, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(Stats) stats = repository_stats(fixture->repository, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(stats->messages, ==, 3);
    g_assert_cmpuint(stats->mail_bytes, ==, 2 * strlen(first) + strlen(second));
    g_assert_cmpint(stats->saved_by_copies, ==, strlen(first));
    g_assert_cmpint(stats->saved_by_attachments, >, ATTACHMENT_BYTES); /* one of them, and its encoding twice */
    g_assert_cmpuint(stats->snapshots, ==, 1);
    assert_adds_up(stats);
    const StatsMailbox *copied = mailbox(stats, 0, "Copies"), *alone = mailbox(stats, 1, "Entwürfe");
    g_assert_cmpuint(copied->mail_bytes, ==, strlen(first));
    g_assert_cmpuint(copied->stored_bytes, <, alone->stored_bytes);
    g_assert_cmpuint(copied->stored_bytes, ==, mailbox(stats, 2, "INBOX")->stored_bytes);
}

static void test_nothing(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(Stats) stats = repository_stats(fixture->repository, NULL, NULL);
    g_assert_cmpuint(stats->messages, ==, 0);
    g_assert_cmpuint(stats->stored_bytes, ==, 0);
    assert_adds_up(stats);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/stats/savings", test_savings);
    ADD("/stats/nothing", test_nothing);
    return g_test_run();
}
