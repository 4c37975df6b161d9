#include "imap_namespace.h"

static void take_one(ImapLexer *lexer, bool personal, ImapNamespaces *namespaces)
{
    ImapNamespace one = {.personal = personal};
    imap_lexer_expect(lexer, '(');
    one.prefix = imap_lexer_astring(lexer);
    imap_lexer_expect(lexer, ' ');
    ImapData delimiter;
    if (imap_lexer_nstring(lexer, &delimiter) && delimiter.length > 0)
        one.delimiter = (char)delimiter.bytes[0];
    while (!imap_lexer_list_end(lexer))
        imap_lexer_skip_value(lexer); /* extensions */
    if (namespaces->count == LIMIT_NAMESPACES || one.prefix.length > LIMIT_MAILBOX_NAME_BYTES)
        imap_lexer_fail_limit(lexer);
    else
        namespaces->all[namespaces->count++] = one;
}

static void take_kind(ImapLexer *lexer, bool personal, ImapNamespaces *namespaces)
{
    if (!imap_lexer_accept(lexer, '(')) {
        if (!imap_data_is(imap_lexer_word(lexer), "NIL"))
            imap_lexer_fail(lexer);
        return;
    }
    while (!imap_lexer_list_end(lexer))
        take_one(lexer, personal, namespaces);
}

void imap_namespaces_parse(ImapLexer *lexer, ImapNamespaces *namespaces)
{
    namespaces->count = 0;
    take_kind(lexer, true, namespaces);
    imap_lexer_expect(lexer, ' ');
    take_kind(lexer, false, namespaces);
    imap_lexer_expect(lexer, ' ');
    take_kind(lexer, false, namespaces);
}
