/* Which mailboxes a user's rules choose. */
#include "mailbox_choice.h"

#include "error.h"
#include "mail_types.h"

static char *rules[] = {"!*",      "INBOX",  "Work/%", "headers:Archive/*", "since=2024-01-31:Lists*",
                        "!\\Junk", "*/Keep", NULL};

static void check(const char *name, uint32_t attributes, ChoiceKind kind)
{
    g_assert_cmpint(mailbox_choose(rules, name, '/', attributes).kind, ==, kind);
}

static void test_choose(void)
{
    check("inbox", 0, CHOICE_WHOLE);
    check("Work", 0, CHOICE_NONE);
    check("Work/a", 0, CHOICE_WHOLE);
    check("Work/a/b", 0, CHOICE_NONE);
    check("Work/a/Keep", 0, CHOICE_WHOLE);
    check("Archive/2020/x", 0, CHOICE_HEADERS);
    check("Archive/2020", MAILBOX_JUNK, CHOICE_NONE);
    check("Lists/linux", 0, CHOICE_SINCE);
    check("Keep", 0, CHOICE_NONE);
    g_assert_cmpint(mailbox_choose(rules, "Lists", '/', 0).since, ==, 1706659200);
    g_assert_cmpint(mailbox_choose(NULL, "anything", '/', 0).kind, ==, CHOICE_WHOLE);
}

static void test_rules(void)
{
    static const char *const wrong[] = {
        "", "!", "headers:", "since=2024-02-30:*", "since=2024:*", "since=2024-01-01", "\\Spam"};
    for (char **rule = rules; *rule; rule++)
        g_assert_true(mailbox_rule_check(*rule, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(mailbox_rule_check(wrong[i], &error));
        g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    }
}

/* Many wildcards cost no exponential time. */
static void test_many_wildcards(void)
{
    char *many[] = {"*a*a*a*a*a*a*a*a*a*a*a*a*b", NULL};
    g_autofree char *name = g_strnfill(2000, 'a');
    g_assert_cmpint(mailbox_choose(many, name, '/', 0).kind, ==, CHOICE_WHOLE); /* no rule fits */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailbox-choice/choose", test_choose);
    g_test_add_func("/mailbox-choice/rules", test_rules);
    g_test_add_func("/mailbox-choice/many-wildcards", test_many_wildcards);
    return g_test_run();
}
