/* stored_uids REPOSITORY ACCOUNT: what the index has of the account now, whether a snapshot shows it yet or not. A line
 * for each message: UID and the mailbox's name. */
#include <stdio.h>
#include <stdlib.h>

#include "view.h"

static void fail(const GError *error)
{
    fprintf(stderr, "stored_uids: %s\n", error->message);
    exit(EXIT_FAILURE);
}

static void print_mailbox(View *view, const MailboxInfo *mailbox)
{
    GError *error = NULL;
    MessageScan scan;
    MessageRow row;
    if (!message_scan_begin(&scan, view, mailbox->mailbox, SNAPSHOT_CURRENT, 1, &error))
        fail(error);
    while (message_scan_next(&scan, &row, &error))
        printf("%" G_GUINT32_FORMAT " %.*s\n", row.uid, (int)mailbox->name_length, (const char *)mailbox->name);
    message_scan_end(&scan);
    if (error)
        fail(error);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    GError *error = NULL;
    g_autoptr(Repository) repository = repository_open(argv[1], &error);
    g_autoptr(View) view = repository ? view_acquire(repository, &error) : NULL;
    if (!view)
        fail(error);
    g_autoptr(AccountInfo) account = view_account_by_name(view, argv[2], NULL);
    if (!account)
        return EXIT_SUCCESS; /* nothing is known of it yet */
    g_autoptr(GPtrArray) mailboxes = view_mailboxes(view, account->account, SNAPSHOT_CURRENT, &error);
    if (!mailboxes)
        fail(error);
    for (guint i = 0; i < mailboxes->len; i++)
        print_mailbox(view, mailboxes->pdata[i]);
    return EXIT_SUCCESS;
}
