#include "imap_quota.h"

static void take_resource(ImapLexer *lexer, ImapQuota *quota)
{
    ImapData name = imap_lexer_word(lexer);
    imap_lexer_expect(lexer, ' ');
    uint64_t used = imap_lexer_number(lexer);
    imap_lexer_expect(lexer, ' ');
    uint64_t limit = imap_lexer_number(lexer);
    if (!imap_data_is(name, "STORAGE"))
        return;
    quota->has_storage = !lexer->failed;
    quota->used_kib = used;
    quota->limit_kib = limit;
}

void imap_quota_parse(ImapLexer *lexer, ImapQuota *quota)
{
    *quota = (ImapQuota){.root = imap_lexer_astring(lexer)};
    imap_lexer_expect(lexer, ' ');
    imap_lexer_expect(lexer, '(');
    while (!imap_lexer_list_end(lexer))
        take_resource(lexer, quota);
}
