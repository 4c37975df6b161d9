/* What is gone at once is doubted; what moves, is renamed, unwanted or thrown away is not. */
#include "mail_survival.h"

#include <string.h>

static const MailboxInfo inbox = {.name = (uint8_t *)"INBOX", .name_length = 5, .delimiter = '/', .messages = 100};
static const MailboxInfo work = {.name = (uint8_t *)"Work", .name_length = 4, .delimiter = '/', .messages = 60};
static const MailboxInfo trash = {
    .name = (uint8_t *)"Trash", .name_length = 5, .delimiter = '/', .attributes = MAILBOX_TRASH, .messages = 900};

/* Of an account with 160 messages that count. */
static MailSurvival begun(const char *rule)
{
    MailSurvival survival = {0};
    char *rules[] = {(char *)rule, NULL};
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    g_ptr_array_add(shown, (void *)&inbox);
    g_ptr_array_add(shown, (void *)&work);
    g_ptr_array_add(shown, (void *)&trash);
    mail_survival_begin(&survival, shown, rules);
    mail_survival_begin(&survival, shown, rules); /* a second look changes nothing */
    return survival;
}

/* `words` NULL: no doubt. */
static void check_doubt(MailSurvival *survival, uint64_t on_server, const char *words)
{
    g_autofree char *doubt = mail_survival_doubt(survival, on_server);
    if (!words)
        g_assert_cmpstr(doubt, ==, NULL);
    else if (!doubt || !strstr(doubt, words))
        g_error("\"%s\" does not say \"%s\"", doubt, words);
    mail_survival_clear(survival);
}

static void test_kept(void)
{
    MailSurvival survival = begun(NULL);
    g_assert_cmpuint(survival.before, ==, 160);
    mail_survival_note_kept(&survival, 0, 80);
    check_doubt(&survival, 980, NULL);
}

static void test_gone(void)
{
    MailSurvival survival = begun(NULL);
    check_doubt(&survival, 0, "160 of 160 messages are gone");
    survival = begun(NULL);
    mail_survival_note_kept(&survival, 0, 79);
    mail_survival_note_kept(&survival, MAILBOX_TRASH, 900);
    check_doubt(&survival, 979, "81 of 160 messages are gone");
}

static void test_few(void)
{
    MailSurvival survival = {.begun = true, .before = 9};
    check_doubt(&survival, 0, NULL);
}

static void test_others(void)
{
    MailSurvival survival = begun(NULL);
    check_doubt(&survival, 400, "is it still the same account?");
}

static void test_copied(void)
{
    MailSurvival survival = begun(NULL);
    mail_survival_note_copied(&survival, 150);
    check_doubt(&survival, 400, NULL);
}

/* A mailbox that has nothing any more, while the rest is as it was. */
static void test_emptied(void)
{
    MailSurvival survival = begun(NULL);
    mail_survival_note_kept(&survival, 0, 100);
    mail_survival_note_emptied(&survival, "Work", 0, 60);
    mail_survival_note_emptied(&survival, "Small", 0, 3);
    mail_survival_note_emptied(&survival, "Trash", MAILBOX_TRASH, 900);
    check_doubt(&survival, 100, "Work: all 60 messages are gone");
    survival = begun(NULL);
    mail_survival_note_kept(&survival, 0, 100);
    mail_survival_note_emptied(&survival, "Work", 0, 60);
    mail_survival_note_copied(&survival, 55); /* they have moved */
    check_doubt(&survival, 155, NULL);
}

static void test_unwanted(void)
{
    MailSurvival survival = begun("!INBOX");
    g_assert_cmpuint(survival.before, ==, 60);
    survival = begun("headers:*");
    g_assert_cmpuint(survival.before, ==, 0);
}

/* A look that is broken off after others' mail was fetched: the next one finds it stored, which does not make it ours.
 */
static void test_begun_anew(void)
{
    MailSurvival survival = begun(NULL);
    mail_survival_note_kept(&survival, 0, 10);
    mail_survival_note_copied(&survival, 20);
    mail_survival_begin_anew(&survival, 20 + 300);
    mail_survival_note_kept(&survival, 0, 300 + 20 + 10);
    check_doubt(&survival, 400, "130 of 160 messages are gone");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mail-survival/kept", test_kept);
    g_test_add_func("/mail-survival/gone", test_gone);
    g_test_add_func("/mail-survival/few", test_few);
    g_test_add_func("/mail-survival/others", test_others);
    g_test_add_func("/mail-survival/copied", test_copied);
    g_test_add_func("/mail-survival/emptied", test_emptied);
    g_test_add_func("/mail-survival/unwanted", test_unwanted);
    g_test_add_func("/mail-survival/begun-anew", test_begun_anew);
    return g_test_run();
}
