/* One LIST response (RFC 9051 7.3.1) with special uses (RFC 6154); extended data is skipped. */
#ifndef MB_IMAP_LIST_H
#define MB_IMAP_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "imap_lexer.h"

/* The low eight are the same bits as MailboxAttributes of the repository's view.h. */
typedef enum {
    IMAP_LIST_NOSELECT = 1 << 0, /* \NonExistent too: it implies \Noselect */
    IMAP_LIST_ALL = 1 << 1,
    IMAP_LIST_ARCHIVE = 1 << 2,
    IMAP_LIST_DRAFTS = 1 << 3,
    IMAP_LIST_FLAGGED = 1 << 4,
    IMAP_LIST_JUNK = 1 << 5,
    IMAP_LIST_SENT = 1 << 6,
    IMAP_LIST_TRASH = 1 << 7,
    IMAP_LIST_NONEXISTENT = 1 << 8,
} ImapListAttributes;

#define IMAP_LIST_REPOSITORY_BITS 0xff

typedef struct {
    const uint8_t *name; /* the server's bytes: identity, to be sent back as they are; never decoded */
    size_t name_length;
    char delimiter; /* any octet; 0: none */
    uint32_t attributes;
} ImapList;

/* Reads what follows "* LIST ". */
void imap_list_parse(ImapLexer *lexer, ImapList *list);

#endif
