/* Flag lists (RFC 9051 2.3.2) as system bits plus one string of keywords. */
#ifndef MB_IMAP_FLAGS_H
#define MB_IMAP_FLAGS_H

#include <glib.h>
#include <stdint.h>

#include "imap_lexer.h"

/* The same bits as SystemFlags of the repository's view.h. \Recent is not kept: it says nothing about the message. */
typedef enum {
    IMAP_FLAG_SEEN = 1 << 0,
    IMAP_FLAG_ANSWERED = 1 << 1,
    IMAP_FLAG_FLAGGED = 1 << 2,
    IMAP_FLAG_DELETED = 1 << 3,
    IMAP_FLAG_DRAFT = 1 << 4,
} ImapSystemFlags;

/* Takes a parenthesised flag list; returns its ImapSystemFlags and sets `keywords` to all others, those that servers
 * invent with a backslash included: sorted bytewise, each once, separated by one space. */
uint32_t imap_flags_parse(ImapLexer *lexer, GString *keywords);

#endif
