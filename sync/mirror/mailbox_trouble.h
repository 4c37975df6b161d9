/* Mailboxes at which the connection was lost and nothing came: one that loses it again and again is given up for this
 * run, so that the others are done. Pure. */
#ifndef MB_MAILBOX_TROUBLE_H
#define MB_MAILBOX_TROUBLE_H

#include <glib.h>
#include <stdbool.h>

#include "server_mailboxes.h"

typedef struct MailboxTrouble MailboxTrouble;

MailboxTrouble *mailbox_trouble_new(void);
void mailbox_trouble_free(MailboxTrouble *trouble);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailboxTrouble, mailbox_trouble_free)

/* The connection was lost at this mailbox, by `loss`. True when that was once too often: it is given up. */
bool mailbox_trouble_note(MailboxTrouble *trouble, const ServerMailbox *mailbox, const GError *loss);

/* Why the mailbox was given up; NULL when it was not. */
const char *mailbox_trouble_reason(const MailboxTrouble *trouble, const ServerMailbox *mailbox);

#endif
