/* One STATUS response (RFC 9051 7.3.4). */
#ifndef MB_IMAP_STATUS_H
#define MB_IMAP_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "imap_lexer.h"

typedef enum {
    IMAP_STATUS_MESSAGES = 1 << 0,
    IMAP_STATUS_UIDNEXT = 1 << 1,
    IMAP_STATUS_UIDVALIDITY = 1 << 2,
    IMAP_STATUS_HIGHESTMODSEQ = 1 << 3,
    IMAP_STATUS_SIZE = 1 << 4,      /* STATUS=SIZE, RFC 8438 */
    IMAP_STATUS_MAILBOXID = 1 << 5, /* OBJECTID, RFC 8474 */
} ImapStatusItems;

typedef struct {
    const uint8_t *name;
    size_t name_length;
    uint32_t items; /* ImapStatusItems that were told; the others are 0 */
    uint32_t messages;
    uint32_t uidnext;
    uint32_t uidvalidity;
    uint64_t highestmodseq;
    uint64_t size;      /* of all messages, in octets as the server counts them */
    ImapData mailboxid; /* stays the same when the mailbox is renamed */
} ImapStatus;

/* Reads what follows "* STATUS ". */
void imap_status_parse(ImapLexer *lexer, ImapStatus *status);

#endif
