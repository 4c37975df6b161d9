/* The mailboxes of an account as LIST and STATUS told them. Pure: knows nothing of the connection. */
#ifndef MB_SERVER_MAILBOXES_H
#define MB_SERVER_MAILBOXES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_list.h"
#include "imap_status.h"
#include "mailbox_choice.h"
#include "mailbox_namespaces.h"
#include "view.h"

typedef struct {
    uint8_t *name; /* the server's bytes; INBOX in any case is "INBOX" */
    size_t name_length;
    char delimiter;       /* 0: none */
    uint32_t attributes;  /* MailboxAttributes */
    uint32_t uidvalidity; /* as STATUS told it; 0 when it told nothing */
    MailboxCursor state;  /* likewise */
    MailboxChoice choice; /* what the user wants of it */
} ServerMailbox;

typedef struct {
    GPtrArray *mailboxes; /* ServerMailbox*, in the server's order; owned */
    GHashTable *by_name;  /* GBytes to ServerMailbox, borrowed */
    GPtrArray *broken;    /* char*, escaped: the first LIST responses that cannot be understood */
} ServerMailboxes;

ServerMailboxes *server_mailboxes_new(void);
void server_mailboxes_free(ServerMailboxes *mailboxes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ServerMailboxes, server_mailboxes_free)

ServerMailbox *server_mailboxes_find(const ServerMailboxes *mailboxes, const uint8_t *name, size_t length);

/* A LIST response. What was listed before, and a name without bytes, is ignored. MB_ERROR_LIMIT for too many and for
 * too long names. */
bool server_mailboxes_add(ServerMailboxes *mailboxes, const ImapList *list, GError **error);
/* A LIST response that cannot be understood: the mailboxes are not all that the server has. */
void server_mailboxes_note_broken(ServerMailboxes *mailboxes, const char *text);
/* A STATUS response; of a mailbox that was not listed it is ignored. */
void server_mailboxes_note_status(ServerMailboxes *mailboxes, const ImapStatus *status);

/* Forgets those of other users and shared ones. */
void server_mailboxes_keep_personal(ServerMailboxes *mailboxes, const MailboxNamespaces *namespaces);

/* What the user wants of a mailbox, by `rules` (mailbox_choice.h). */
MailboxChoice server_mailbox_choice(const uint8_t *name, size_t length, char delimiter, uint32_t attributes,
                                    char *const *rules);
/* Notes what the user wants of each, by `rules`, and drops those that are not wanted at all; how many of them could
 * have held messages. */
unsigned server_mailboxes_choose(ServerMailboxes *mailboxes, char *const *rules);

/* Adds the levels above listed mailboxes that the server did not list, as MAILBOX_NOSELECT, so that every directory of
 * the tree is a mailbox. */
bool server_mailboxes_add_implied_levels(ServerMailboxes *mailboxes, GError **error);

/* For people: UTF-8, escaped. Caller frees. */
char *server_mailbox_display_name(const ServerMailbox *mailbox);

#endif
