#include "imap_id.h"

static void take_field(ImapLexer *lexer, ImapId *id)
{
    ImapData value;
    ImapData field = imap_lexer_string(lexer);
    imap_lexer_expect(lexer, ' ');
    imap_lexer_nstring(lexer, &value);
    if (imap_data_is(field, "name"))
        id->name = value;
    else if (imap_data_is(field, "version"))
        id->version = value;
}

void imap_id_parse(ImapLexer *lexer, ImapId *id)
{
    *id = (ImapId){0};
    if (!imap_lexer_accept(lexer, '(')) {
        if (!imap_data_is(imap_lexer_word(lexer), "NIL"))
            imap_lexer_fail(lexer);
        return;
    }
    while (!imap_lexer_list_end(lexer))
        take_field(lexer, id);
}
