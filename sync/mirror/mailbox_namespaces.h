/* Whose a mailbox is, told from its name by the namespaces of the server (RFC 2342). Pure. */
#ifndef MB_MAILBOX_NAMESPACES_H
#define MB_MAILBOX_NAMESPACES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_namespace.h"

typedef struct MailboxNamespaces MailboxNamespaces;

/* None known: every mailbox is personal. */
MailboxNamespaces *mailbox_namespaces_new(void);
void mailbox_namespaces_free(MailboxNamespaces *namespaces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailboxNamespaces, mailbox_namespaces_free)

/* Copies what the server told, in the place of what it told before. */
void mailbox_namespaces_note(MailboxNamespaces *namespaces, const ImapNamespaces *told);

/* True for INBOX, for a mailbox whose namespace (the one with the longest prefix) is personal, and for one in none. */
bool mailbox_namespaces_is_personal(const MailboxNamespaces *namespaces, const uint8_t *name, size_t length);

#endif
