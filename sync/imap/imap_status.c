#include "imap_status.h"

#include "mb_limits.h"

/* An id stands in parentheses (RFC 8474 7). */
static ImapData take_id(ImapLexer *lexer)
{
    imap_lexer_expect(lexer, '(');
    ImapData id = imap_lexer_word(lexer);
    imap_lexer_expect(lexer, ')');
    return id;
}

static void take_item(ImapLexer *lexer, ImapStatus *status)
{
    ImapData name = imap_lexer_word(lexer);
    imap_lexer_expect(lexer, ' ');
    if (imap_data_is(name, "MESSAGES")) {
        status->items |= IMAP_STATUS_MESSAGES;
        status->messages = imap_lexer_number32(lexer);
    } else if (imap_data_is(name, "UIDNEXT")) {
        status->items |= IMAP_STATUS_UIDNEXT;
        status->uidnext = imap_lexer_number32(lexer);
    } else if (imap_data_is(name, "UIDVALIDITY")) {
        status->items |= IMAP_STATUS_UIDVALIDITY;
        status->uidvalidity = imap_lexer_number32(lexer);
    } else if (imap_data_is(name, "HIGHESTMODSEQ")) {
        status->items |= IMAP_STATUS_HIGHESTMODSEQ;
        status->highestmodseq = imap_lexer_number(lexer);
    } else if (imap_data_is(name, "SIZE")) {
        status->items |= IMAP_STATUS_SIZE;
        status->size = imap_lexer_number(lexer);
    } else if (imap_data_is(name, "MAILBOXID")) {
        status->items |= IMAP_STATUS_MAILBOXID;
        status->mailboxid = take_id(lexer);
    } else {
        imap_lexer_skip_value(lexer);
    }
}

void imap_status_parse(ImapLexer *lexer, ImapStatus *status)
{
    ImapData name = imap_lexer_astring(lexer);
    if (name.length > LIMIT_MAILBOX_NAME_BYTES)
        imap_lexer_fail_limit(lexer);
    *status = (ImapStatus){.name = name.bytes, .name_length = name.length};
    imap_lexer_expect(lexer, ' ');
    imap_lexer_expect(lexer, '(');
    while (!imap_lexer_list_end(lexer))
        take_item(lexer, status);
}
