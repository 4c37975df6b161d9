/* One NAMESPACE response (RFC 2342): which names are one's own, which are those of others, which are shared. */
#ifndef MB_IMAP_NAMESPACE_H
#define MB_IMAP_NAMESPACE_H

#include <stdbool.h>

#include "imap_data.h"
#include "imap_lexer.h"
#include "mb_limits.h"

typedef struct {
    ImapData prefix; /* the server's bytes, often with a delimiter at the end */
    char delimiter;  /* 0: none */
    bool personal;
} ImapNamespace;

typedef struct {
    ImapNamespace all[LIMIT_NAMESPACES];
    unsigned count;
} ImapNamespaces;

/* Reads what follows "* NAMESPACE ". */
void imap_namespaces_parse(ImapLexer *lexer, ImapNamespaces *namespaces);

#endif
