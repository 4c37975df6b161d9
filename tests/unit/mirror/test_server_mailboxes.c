/* What LIST and STATUS may say, and what is made of it. */
#include "server_mailboxes.h"

#include <string.h>

#include "error.h"
#include "mb_limits.h"

static bool add(ServerMailboxes *mailboxes, const char *name, char delimiter, uint32_t attributes, GError **error)
{
    ImapList list = {
        .name = (const uint8_t *)name, .name_length = strlen(name), .delimiter = delimiter, .attributes = attributes};
    return server_mailboxes_add(mailboxes, &list, error);
}

static const ServerMailbox *find(const ServerMailboxes *mailboxes, const char *name)
{
    return server_mailboxes_find(mailboxes, (const uint8_t *)name, strlen(name));
}

static void test_duplicates(void)
{
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_assert_true(add(mailboxes, "inbox", '/', 0, NULL));
    g_assert_true(add(mailboxes, "INBOX", '/', IMAP_LIST_SENT, NULL));
    g_assert_true(add(mailboxes, "Work", '/', 0, NULL));
    g_assert_true(add(mailboxes, "work", '/', IMAP_LIST_NONEXISTENT | IMAP_LIST_NOSELECT, NULL));
    g_assert_true(add(mailboxes, "Work", '.', 0, NULL));
    g_assert_true(add(mailboxes, "", '/', 0, NULL));
    g_assert_cmpuint(mailboxes->mailboxes->len, ==, 3);
    const ServerMailbox *inbox = mailboxes->mailboxes->pdata[0];
    g_assert_cmpmem(inbox->name, inbox->name_length, "INBOX", 5);
    g_assert_cmpuint(inbox->attributes, ==, 0);
    g_assert_cmpuint(find(mailboxes, "work")->attributes, ==, MAILBOX_NOSELECT);
    g_assert_cmpint(find(mailboxes, "Work")->delimiter, ==, '/');
}

static void test_status(void)
{
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_assert_true(add(mailboxes, "INBOX", '/', 0, NULL));
    ImapStatus status = {.name = (const uint8_t *)"Inbox",
                         .name_length = 5,
                         .messages = 3,
                         .uidnext = 9,
                         .uidvalidity = 7,
                         .highestmodseq = 5};
    server_mailboxes_note_status(mailboxes, &status);
    status.name = (const uint8_t *)"Other";
    server_mailboxes_note_status(mailboxes, &status); /* nobody listed it */
    const ServerMailbox *inbox = find(mailboxes, "INBOX");
    g_assert_cmpuint(inbox->uidvalidity, ==, 7);
    g_assert_cmpuint(inbox->state.messages, ==, 3);
    g_assert_cmpuint(mailboxes->mailboxes->len, ==, 1);
}

static void test_implied_levels(void)
{
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_assert_true(add(mailboxes, "a/b/c", '/', 0, NULL));
    g_assert_true(add(mailboxes, "a", '/', 0, NULL));
    g_assert_true(add(mailboxes, "x.y", '\0', 0, NULL)); /* no hierarchy */
    g_assert_true(add(mailboxes, "p.q.r", '.', 0, NULL));
    g_assert_true(add(mailboxes, "a/../c", '/', 0, NULL));
    g_assert_true(server_mailboxes_add_implied_levels(mailboxes, NULL));
    g_assert_cmpuint(mailboxes->mailboxes->len, ==, 9);
    g_assert_cmpuint(find(mailboxes, "a")->attributes, ==, 0);
    static const char *const implied[] = {"a/b", "p", "p.q", "a/.."};
    for (size_t i = 0; i < G_N_ELEMENTS(implied); i++)
        g_assert_cmpuint(find(mailboxes, implied[i])->attributes, ==, MAILBOX_NOSELECT);
}

static void test_limits(void)
{
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_autofree char *longest = g_strnfill(LIMIT_MAILBOX_NAME_BYTES, 'm');
    g_autofree char *too_long = g_strnfill(LIMIT_MAILBOX_NAME_BYTES + 1, 'm');
    g_autoptr(GError) error = NULL;
    g_assert_true(add(mailboxes, longest, '/', 0, &error));
    g_assert_false(add(mailboxes, too_long, '/', 0, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
    g_clear_error(&error);
    for (int i = 1; i < LIMIT_MAILBOXES_PER_ACCOUNT; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        g_assert_true(add(mailboxes, name, '/', 0, &error));
    }
    g_assert_false(add(mailboxes, "one more", '/', 0, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
}

static void check_display(const char *name, const char *expected)
{
    ServerMailbox mailbox = {.name = (uint8_t *)(uintptr_t)name, .name_length = strlen(name)};
    g_autofree char *shown = server_mailbox_display_name(&mailbox);
    g_assert_cmpstr(shown, ==, expected);
}

static void test_display(void)
{
    check_display("Wys&AUI-ane", "Wysłane");
    check_display("bad&name", "bad&name");
    check_display("esc\033[0m\xff", "esc\\x1b[0m\\xff");
}

static ImapNamespace space(const char *prefix, char delimiter, bool personal)
{
    return (ImapNamespace){
        .prefix = {(const uint8_t *)prefix, strlen(prefix)}, .delimiter = delimiter, .personal = personal};
}

static void check_kept(const ImapNamespaces *told, const char *listed, const char *expected)
{
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_autoptr(MailboxNamespaces) namespaces = mailbox_namespaces_new();
    g_auto(GStrv) names = g_strsplit(listed, " ", -1);
    for (char **name = names; *name; name++) {
        ImapList list = {.name = (const uint8_t *)*name, .name_length = strlen(*name), .delimiter = '.'};
        g_assert_true(server_mailboxes_add(mailboxes, &list, NULL));
    }
    mailbox_namespaces_note(namespaces, told);
    server_mailboxes_keep_personal(mailboxes, namespaces);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; i < mailboxes->mailboxes->len; i++) {
        const ServerMailbox *mailbox = mailboxes->mailboxes->pdata[i];
        g_string_append_printf(kept, "%s%.*s", i ? " " : "", (int)mailbox->name_length, (const char *)mailbox->name);
        g_assert_true(server_mailboxes_find(mailboxes, mailbox->name, mailbox->name_length) == mailbox);
    }
    g_assert_cmpstr(kept->str, ==, expected);
}

static void test_namespaces(void)
{
    check_kept(&(ImapNamespaces){0}, "INBOX user.bob #news.x", "INBOX user.bob #news.x");
    check_kept(
        &(ImapNamespaces){.count = 3,
                          .all = {space("INBOX.", '.', true), space("user.", '.', false), space("", '.', false)}},
        "INBOX INBOX.a user user.bob users team.x", "INBOX INBOX.a");
    check_kept(
        &(ImapNamespaces){
            .count = 3, .all = {space("", '.', true), space("Other Users.", '.', false), space("Shared.", '.', false)}},
        "INBOX a Shared Shared.x Sharedness Other", "INBOX a Sharedness Other");
    check_kept(&(ImapNamespaces){.count = 1, .all = {space("", '/', false)}}, "inbox a", "INBOX");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server-mailboxes/duplicates", test_duplicates);
    g_test_add_func("/server-mailboxes/status", test_status);
    g_test_add_func("/server-mailboxes/implied-levels", test_implied_levels);
    g_test_add_func("/server-mailboxes/limits", test_limits);
    g_test_add_func("/server-mailboxes/display", test_display);
    g_test_add_func("/server-mailboxes/namespaces", test_namespaces);
    return g_test_run();
}
