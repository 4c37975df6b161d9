#include "imap_capability.h"

#include <glib.h>
#include <string.h>

/* What IMAP4rev2 has without saying (RFC 9051 Appendix E), of what is looked for. One that is rev1 as well says all. */
static void append_implied(GString *capabilities)
{
    bool rev2_alone =
        imap_capability_has(capabilities->str, "IMAP4rev2") && !imap_capability_has(capabilities->str, "IMAP4rev1");
    if (rev2_alone)
        g_string_append(capabilities,
                        "ENABLE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- NAMESPACE SASL-IR SPECIAL-USE ");
}

char *imap_capability_parse(ImapLexer *lexer)
{
    GString *capabilities = g_string_new(" ");
    imap_lexer_skip_spaces(lexer);
    while (!imap_lexer_at_end(lexer)) {
        ImapData word = imap_lexer_word(lexer);
        if (word.length == 0)
            break;
        g_string_append_len(capabilities, (const char *)word.bytes, (gssize)word.length);
        g_string_append_c(capabilities, ' ');
        imap_lexer_skip_spaces(lexer);
    }
    g_string_ascii_up(capabilities);
    append_implied(capabilities);
    return g_string_free(capabilities, FALSE);
}

bool imap_capability_has(const char *capabilities, const char *name)
{
    if (!capabilities)
        return false;
    g_autofree char *upper = g_ascii_strup(name, -1);
    g_autofree char *wanted = g_strconcat(" ", upper, " ", NULL);
    return strstr(capabilities, wanted) != NULL;
}

char *imap_capability_mechanisms(const char *capabilities)
{
    GString *mechanisms = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(capabilities ? capabilities : "", " ", -1);
    for (char **word = words; *word; word++) {
        if (!g_str_has_prefix(*word, "AUTH="))
            continue;
        if (mechanisms->len > 0)
            g_string_append_c(mechanisms, ' ');
        g_string_append(mechanisms, *word + strlen("AUTH="));
    }
    return g_string_free(mechanisms, FALSE);
}
