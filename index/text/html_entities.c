#include "html_entities.h"

#include <stdbool.h>
#include <string.h>

#define FIRST_LATIN 0xA0
#define LONGEST_NAME 8u
#define LONGEST_NUMBER 10u

/* https://www.w3.org/TR/html401/sgml/entities.html: U+00A0 to U+00FF in order. */
static const char latin_names[] =
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute "
    "micro "
    "para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil "
    "Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave "
    "Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml "
    "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute "
    "thorn yuml";

static const struct {
    const char *name;
    gunichar character;
} others[] = {{"amp", '&'},       {"lt", '<'},        {"gt", '>'},        {"quot", '"'},      {"apos", '\''},
              {"euro", 0x20AC},   {"ndash", 0x2013},  {"mdash", 0x2014},  {"lsquo", 0x2018},  {"rsquo", 0x2019},
              {"sbquo", 0x201A},  {"ldquo", 0x201C},  {"rdquo", 0x201D},  {"bdquo", 0x201E},  {"hellip", 0x2026},
              {"bull", 0x2022},   {"trade", 0x2122},  {"lsaquo", 0x2039}, {"rsaquo", 0x203A}, {"oelig", 0x0153},
              {"OElig", 0x0152},  {"scaron", 0x0161}, {"Scaron", 0x0160}, {"rarr", 0x2192},   {"larr", 0x2190},
              {"thinsp", 0x2009}, {"ensp", 0x2002},   {"emsp", 0x2003},   {"zwnj", 0x200C},   {"zwj", 0x200D},
              {"minus", 0x2212},  {"infin", 0x221E},  {"check", 0x2713},  {"middot", 0xB7}};

static bool is_name(const char *name, gsize length, const char *known)
{
    return strncmp(name, known, length) == 0 && (known[length] == '\0' || known[length] == ' ');
}

static gunichar latin_of(const char *name, gsize length)
{
    gunichar character = FIRST_LATIN;
    for (const char *known = latin_names; known; character++) {
        if (is_name(name, length, known))
            return character;
        const char *space = strchr(known, ' ');
        known = space ? space + 1 : NULL;
    }
    return 0;
}

static gunichar named(const char *name, gsize length)
{
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        if (is_name(name, length, others[i].name))
            return others[i].character;
    return latin_of(name, length);
}

static gunichar numbered(const char *digits, gsize length)
{
    bool hex = digits[0] == 'x' || digits[0] == 'X';
    guint64 number = 0;
    for (gsize i = hex ? 1 : 0; i < length; i++) {
        int digit = hex ? g_ascii_xdigit_value(digits[i]) : g_ascii_digit_value(digits[i]);
        if (digit < 0)
            return 0;
        number = number * (hex ? 16 : 10) + (guint64)digit;
    }
    return number <= 0x10FFFF && g_unichar_validate((gunichar)number) ? (gunichar)number : 0;
}

gsize html_entity(const char *at, gunichar *character)
{
    bool by_number = at[1] == '#';
    const char *name = at + (by_number ? 2 : 1);
    gsize length = 0, most = by_number ? LONGEST_NUMBER : LONGEST_NAME;
    while (length < most && g_ascii_isalnum(name[length]))
        length++;
    if (length == 0)
        return 0;
    gunichar found = by_number ? numbered(name, length) : named(name, length);
    if (found == 0)
        return 0;
    *character = found;
    return (gsize)(name - at) + length + (name[length] == ';');
}
