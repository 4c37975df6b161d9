/* Optimizing leaves the same mail and does nothing where it was done. */
#include <string.h>

#include "optimize.h"
#include "repository_fixture.h"

#define MESSAGES 600
#define MESSAGE_BYTES 2000

/* Words by chance. */
static char *message_text(uint32_t uid)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "Subject: message %u\r\n\r\n", uid);
    while (text->len < MESSAGE_BYTES)
        g_string_append_printf(text, "word%d ", g_test_rand_int_range(0, 3000));
    return g_string_free(text, FALSE);
}

static uint32_t fill(Fixture *fixture, const char *name)
{
    uint32_t mailbox = fixture_mailbox(fixture, name, 1);
    for (uint32_t uid = 1; uid <= MESSAGES; uid++) {
        g_autofree char *text = message_text(uid);
        fixture_message(fixture, mailbox, uid, text);
    }
    return fixture_publish(fixture);
}

static OptimizeTotals optimize(Fixture *fixture)
{
    const OptimizeOptions options = {0};
    OptimizeTotals totals;
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&fixture->writer, writer_close);
    repository_optimize(fixture->repository, &options, &totals, &error);
    g_assert_no_error(error);
    return totals;
}

static void test_same_mail(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    uint32_t snapshot = fill(fixture, "INBOX");
    g_autofree char *before = fixture_dump(fixture, snapshot);
    OptimizeTotals totals = optimize(fixture);
    g_assert_cmpuint(totals.packs, ==, 1);
    g_assert_cmpuint(totals.unreadable, ==, 0);
    fixture_reopen(fixture);
    g_autofree char *after = fixture_dump(fixture, snapshot);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void test_second_time_does_nothing(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    fill(fixture, "INBOX");
    optimize(fixture);
    OptimizeTotals again = optimize(fixture);
    g_assert_cmpuint(again.packs, ==, 0);
    g_assert_cmpuint(again.bytes_after, ==, again.bytes_before);
}

static void test_new_mail_is_optimized_later(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    fill(fixture, "INBOX");
    optimize(fixture);
    fixture_open_writer(fixture);
    fill(fixture, "Sent");
    OptimizeTotals later = optimize(fixture);
    g_assert_cmpuint(later.packs, >=, 1);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/optimize/same-mail", test_same_mail);
    ADD("/optimize/second-time-does-nothing", test_second_time_does_nothing);
    ADD("/optimize/new-mail-is-optimized-later", test_new_mail_is_optimized_later);
    return g_test_run();
}
