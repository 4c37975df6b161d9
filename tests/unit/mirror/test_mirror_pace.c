/* How fast a run goes: the user's rate, the server's complaints, and what its refusals mean. */
#include "mirror_pace.h"

static void test_rate(void)
{
    g_autoptr(MirrorPace) pace = mirror_pace_new(1000000);
    g_assert_cmpuint(mirror_pace_after_bytes(pace, 500000, 0), ==, 500);
    g_assert_cmpuint(mirror_pace_after_bytes(pace, 500000, 0), ==, 1000);
    g_assert_cmpuint(mirror_pace_after_bytes(pace, 100000, 5000000), ==, 100); /* time that passed is not saved up */
    g_autoptr(MirrorPace) free = mirror_pace_new(0);
    g_assert_cmpuint(mirror_pace_after_bytes(free, 1 << 30, 0), ==, 0);
}

static void test_complaints(void)
{
    g_autoptr(MirrorPace) pace = mirror_pace_new(0);
    mirror_pace_note(pace, false);
    g_assert_cmpuint(mirror_pace_before_command(pace), ==, 0);
    unsigned last = 0;
    for (int i = 0; i < 20; i++) {
        mirror_pace_note(pace, true);
        g_assert_cmpuint(mirror_pace_before_command(pace), >=, last);
        last = mirror_pace_before_command(pace);
    }
    g_assert_cmpuint(last, >, 1000);
    for (int i = 0; i < 10000; i++)
        mirror_pace_note(pace, false);
    g_assert_cmpuint(mirror_pace_before_command(pace), <, last);
    g_assert_cmpuint(mirror_pace_before_command(pace), >=, last / 4); /* what was too fast is not tried again */
}

static RefusalKind kind_of(ImapCode code, const char *text, unsigned *wait_ms)
{
    ImapCondition condition = {.outcome = IMAP_NO, .code = code, .text = text};
    return mirror_pace_refusal(&condition, wait_ms);
}

static void test_refusals(void)
{
    unsigned wait_ms;
    g_assert_cmpint(kind_of(IMAP_CODE_NONE, "no such message", &wait_ms), ==, REFUSAL_OF_THIS);
    g_assert_cmpint(kind_of(IMAP_CODE_LIMIT, "Rate limit hit", &wait_ms), ==, REFUSAL_FOR_NOW);
    g_assert_cmpuint(wait_ms, ==, 0);
    g_assert_cmpint(kind_of(IMAP_CODE_OVERQUOTA, "bandwidth", &wait_ms), ==, REFUSAL_OF_ALL);
    g_assert_cmpint(
        kind_of(IMAP_CODE_NONE, "Request is throttled. Suggested Backoff Time: 299961 milliseconds", &wait_ms), ==,
        REFUSAL_FOR_NOW);
    g_assert_cmpuint(wait_ms, ==, 299961);
    kind_of(IMAP_CODE_NONE, "Backoff Time: 99999999999999999999999", &wait_ms);
    g_assert_cmpuint(wait_ms, ==, 3600 * 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mirror-pace/rate", test_rate);
    g_test_add_func("/mirror-pace/complaints", test_complaints);
    g_test_add_func("/mirror-pace/refusals", test_refusals);
    return g_test_run();
}
