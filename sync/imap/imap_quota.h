/* One QUOTA response (RFC 9208 5.1): how much of its room a quota root has taken. */
#ifndef MB_IMAP_QUOTA_H
#define MB_IMAP_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_data.h"
#include "imap_lexer.h"

typedef struct {
    ImapData root; /* its name, often empty */
    bool has_storage;
    uint64_t used_kib;  /* of STORAGE: units of 1,024 octets, as the server counts them */
    uint64_t limit_kib; /* likewise */
} ImapQuota;

/* Reads what follows "* QUOTA ". Resources other than STORAGE are skipped. */
void imap_quota_parse(ImapLexer *lexer, ImapQuota *quota);

#endif
