/* VANISHED responses (RFC 7162 3.2.10, RFC 9586 3.1): messages that are gone, by UID. */
#ifndef MB_IMAP_VANISHED_H
#define MB_IMAP_VANISHED_H

#include <stdbool.h>

#include "imap_uid_ranges.h"

typedef struct {
    bool earlier;       /* answers a question about the past, and does not change what EXISTS said */
    ImapUidRanges uids; /* may name UIDs that never were */
} ImapVanished;

/* Reads what follows "* VANISHED"; `ranges` is the memory of the result. */
void imap_vanished_parse(ImapLexer *lexer, GArray *ranges, ImapVanished *vanished);

#endif
