#include "imap_lexer.h"

#include <string.h>

#include "mb_limits.h"

ImapLexer imap_lexer_of(uint8_t *bytes, size_t length)
{
    return (ImapLexer){.at = bytes, .end = bytes + length};
}

void imap_lexer_fail(ImapLexer *lexer)
{
    lexer->failed = true;
    lexer->at = lexer->end;
}

void imap_lexer_fail_limit(ImapLexer *lexer)
{
    lexer->too_much = true;
    imap_lexer_fail(lexer);
}

bool imap_lexer_at_end(const ImapLexer *lexer)
{
    return lexer->at == lexer->end;
}

uint8_t imap_lexer_peek(const ImapLexer *lexer)
{
    return imap_lexer_at_end(lexer) ? 0 : *lexer->at;
}

bool imap_lexer_accept(ImapLexer *lexer, char octet)
{
    if (imap_lexer_at_end(lexer) || *lexer->at != (uint8_t)octet)
        return false;
    lexer->at++;
    return true;
}

void imap_lexer_expect(ImapLexer *lexer, char octet)
{
    if (!imap_lexer_accept(lexer, octet))
        imap_lexer_fail(lexer);
}

void imap_lexer_skip_spaces(ImapLexer *lexer)
{
    while (imap_lexer_accept(lexer, ' '))
        ;
}

static bool ends_word(uint8_t octet)
{
    return octet <= ' ' || octet == '(' || octet == ')' || octet == 0x7f;
}

/* What lies between `start` and where the lexer stands; nothing there is a failure. */
static ImapData taken_since(ImapLexer *lexer, const uint8_t *start)
{
    ImapData taken = {.bytes = start, .length = (size_t)(lexer->at - start)};
    if (taken.length == 0)
        imap_lexer_fail(lexer);
    return taken;
}

ImapData imap_lexer_word(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    while (!imap_lexer_at_end(lexer) && !ends_word(*lexer->at))
        lexer->at++;
    return taken_since(lexer, start);
}

ImapData imap_lexer_item_name(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    bool in_section = false;
    while (!imap_lexer_at_end(lexer) && (in_section || !ends_word(*lexer->at))) {
        in_section = *lexer->at == '[' || (in_section && *lexer->at != ']');
        lexer->at++;
    }
    return taken_since(lexer, start);
}

static ImapData take_quoted(ImapLexer *lexer)
{
    imap_lexer_expect(lexer, '"');
    uint8_t *start = lexer->at;
    uint8_t *write = start;
    while (!imap_lexer_at_end(lexer) && *lexer->at != '"') {
        imap_lexer_accept(lexer, '\\');
        uint8_t octet = imap_lexer_peek(lexer);
        if (octet == '\0' || octet == '\r' || octet == '\n')
            break;
        *write++ = octet;
        lexer->at++;
    }
    imap_lexer_expect(lexer, '"');
    return (ImapData){.bytes = start, .length = lexer->failed ? 0 : (size_t)(write - start)};
}

static ImapData take_literal(ImapLexer *lexer)
{
    imap_lexer_accept(lexer, '~');
    imap_lexer_expect(lexer, '{');
    uint64_t length = imap_lexer_number(lexer);
    imap_lexer_accept(lexer, '+');
    imap_lexer_expect(lexer, '}');
    imap_lexer_accept(lexer, '\r');
    imap_lexer_expect(lexer, '\n');
    if (length > (uint64_t)(lexer->end - lexer->at))
        imap_lexer_fail(lexer);
    ImapData literal = {.bytes = lexer->at, .length = lexer->failed ? 0 : (size_t)length};
    lexer->at += literal.length;
    return literal;
}

static bool at_literal(const ImapLexer *lexer)
{
    return imap_lexer_peek(lexer) == '{' ||
           (imap_lexer_peek(lexer) == '~' && lexer->end - lexer->at > 1 && lexer->at[1] == '{');
}

ImapData imap_lexer_string(ImapLexer *lexer)
{
    return at_literal(lexer) ? take_literal(lexer) : take_quoted(lexer);
}

ImapData imap_lexer_astring(ImapLexer *lexer)
{
    if (at_literal(lexer) || imap_lexer_peek(lexer) == '"')
        return imap_lexer_string(lexer);
    return imap_lexer_word(lexer);
}

bool imap_lexer_nstring(ImapLexer *lexer, ImapData *string)
{
    *string = (ImapData){0};
    if (at_literal(lexer) || imap_lexer_peek(lexer) == '"') {
        *string = imap_lexer_string(lexer);
        return true;
    }
    if (!imap_data_is(imap_lexer_word(lexer), "NIL"))
        imap_lexer_fail(lexer);
    return false;
}

uint64_t imap_lexer_number(ImapLexer *lexer)
{
    uint64_t value = 0;
    const uint8_t *start = lexer->at;
    while (g_ascii_isdigit((char)imap_lexer_peek(lexer))) {
        unsigned digit = (unsigned)(*lexer->at++ - '0');
        if (value > (UINT64_MAX - digit) / 10)
            imap_lexer_fail(lexer);
        else
            value = value * 10 + digit;
    }
    taken_since(lexer, start);
    return lexer->failed ? 0 : value;
}

uint32_t imap_lexer_number32(ImapLexer *lexer)
{
    uint64_t value = imap_lexer_number(lexer);
    if (value > UINT32_MAX)
        imap_lexer_fail(lexer);
    return lexer->failed ? 0 : (uint32_t)value;
}

bool imap_lexer_list_end(ImapLexer *lexer)
{
    imap_lexer_skip_spaces(lexer);
    if (imap_lexer_at_end(lexer))
        imap_lexer_fail(lexer);
    return lexer->failed || imap_lexer_accept(lexer, ')');
}

void imap_lexer_skip_value(ImapLexer *lexer)
{
    unsigned depth = 0;
    do {
        if (depth > 0 && imap_lexer_list_end(lexer))
            depth--;
        else if (imap_lexer_accept(lexer, '('))
            depth++;
        else if (at_literal(lexer) || imap_lexer_peek(lexer) == '"')
            imap_lexer_string(lexer);
        else
            imap_lexer_item_name(lexer);
        if (depth > LIMIT_RESPONSE_DEPTH)
            imap_lexer_fail_limit(lexer);
    } while (depth > 0 && !lexer->failed);
}
