#include "imap_list.h"

#include "mb_limits.h"

static uint32_t attribute_of(ImapData name)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } attributes[] = {
        {"\\Noselect", IMAP_LIST_NOSELECT}, {"\\NonExistent", IMAP_LIST_NONEXISTENT | IMAP_LIST_NOSELECT},
        {"\\All", IMAP_LIST_ALL},           {"\\AllMail", IMAP_LIST_ALL}, /* XLIST's name, still sent */
        {"\\Archive", IMAP_LIST_ARCHIVE},   {"\\Drafts", IMAP_LIST_DRAFTS},
        {"\\Flagged", IMAP_LIST_FLAGGED},   {"\\Junk", IMAP_LIST_JUNK},
        {"\\Sent", IMAP_LIST_SENT},         {"\\Trash", IMAP_LIST_TRASH},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (imap_data_is(name, attributes[i].name))
            return attributes[i].bits;
    return 0;
}

static uint32_t take_attributes(ImapLexer *lexer)
{
    uint32_t attributes = 0;
    imap_lexer_expect(lexer, '(');
    while (!imap_lexer_list_end(lexer))
        attributes |= attribute_of(imap_lexer_astring(lexer));
    return attributes;
}

/* A backslash as delimiter must be sent as "\\"; some servers send "\" and mean the same. */
static bool accept_bare_backslash(ImapLexer *lexer)
{
    static const uint8_t bare[] = {'"', '\\', '"', ' '};
    if (lexer->end - lexer->at < (ptrdiff_t)sizeof bare)
        return false;
    for (size_t i = 0; i < sizeof bare; i++)
        if (lexer->at[i] != bare[i])
            return false;
    lexer->at += sizeof bare - 1;
    return true;
}

static char take_delimiter(ImapLexer *lexer)
{
    if (accept_bare_backslash(lexer))
        return '\\';
    ImapData delimiter;
    imap_lexer_nstring(lexer, &delimiter);
    if (delimiter.length > 1)
        imap_lexer_fail(lexer);
    if (delimiter.length == 0)
        return '\0';
    return (char)delimiter.bytes[0];
}

void imap_list_parse(ImapLexer *lexer, ImapList *list)
{
    *list = (ImapList){.attributes = take_attributes(lexer)};
    imap_lexer_expect(lexer, ' ');
    list->delimiter = take_delimiter(lexer);
    imap_lexer_expect(lexer, ' ');
    ImapData name = imap_lexer_astring(lexer);
    if (name.length > LIMIT_MAILBOX_NAME_BYTES)
        imap_lexer_fail_limit(lexer);
    list->name = name.bytes;
    list->name_length = name.length;
}
