#include "nasty_mail.h"

#include <glib.h>
#include <string.h>

#define HUGE_BYTES ((size_t)60 << 20)
#define HUGE_ONE_IN 30000 /* the first is number 7 */
#define LARGE_ONE_IN 1500
#define PIECE_BYTES ((size_t)48 << 10)

/* splitmix64 */
typedef struct {
    uint64_t state;
} Chance;

static uint64_t next(Chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static unsigned below(Chance *chance, unsigned limit)
{
    return (unsigned)(next(chance) % limit);
}

static const char *one_of(Chance *chance, const char *const *choices, unsigned count)
{
    return choices[below(chance, count)];
}

static const char *line_end(Chance *chance)
{
    static const char *const ends[] = {"\r\n", "\r\n", "\r\n", "\n", "\n", "\r", "\n\r", "\r\r\n", ""};
    return one_of(chance, ends, G_N_ELEMENTS(ends));
}

static void add_noise(GString *out, Chance *chance, size_t length)
{
    for (size_t i = 0; i < length; i++)
        g_string_append_c(out, (char)next(chance));
}

static void add_text(GString *out, Chance *chance, size_t length)
{
    static const char *const words[] = {"invoice", "budget",  "the",   "re:",   "zażółć", "見積書",
                                        ">>",      "=20",     "=\r\n", "From ", "--",     ".",
                                        "\t",      "meeting", "QUJD",  "=",     "\x80",   "\xff\xfe"};
    for (size_t start = out->len; out->len - start < length;) {
        g_string_append(out, one_of(chance, words, G_N_ELEMENTS(words)));
        g_string_append(out, below(chance, 9) ? " " : line_end(chance));
    }
}

static void add_header(GString *out, Chance *chance)
{
    static const char *const fields[] = {"Subject: =?utf-8?B?4pyT?=",
                                         "From: \"a\\\"b\" <a@b>",
                                         "To: undisclosed-recipients:;",
                                         "Subject:",
                                         "MIME-Version: 1.0",
                                         "Content-Type: text/plain; charset=\"no-such\"",
                                         "X-Long: folded\r\n and\r\n\tmore",
                                         ":",
                                         "Content-Transfer-Encoding: base64",
                                         "Content-Transfer-Encoding: 8bit",
                                         "Date: never",
                                         "no colon at all"};
    const char *end = line_end(chance);
    for (unsigned i = below(chance, 9); i > 0; i--)
        g_string_append_printf(out, "%s%s", one_of(chance, fields, G_N_ELEMENTS(fields)), below(chance, 8) ? end : "");
    if (below(chance, 12) == 0)
        add_noise(out, chance, below(chance, 300));
    if (below(chance, 6))
        g_string_append(out, end);
}

/* The bytes of an attachment: one of a few, so that they come again, or new ones. */
static guchar *attachment(Chance *chance, size_t *length)
{
    bool again = below(chance, 2);
    Chance own = {again ? below(chance, 40) : next(chance)};
    *length = (size_t)(next(&own) % (again ? 20000 : 6000));
    guchar *bytes = g_malloc(*length + 1);
    bool is_text = below(&own, 2);
    for (size_t i = 0; i < *length; i++)
        bytes[i] = (guchar)(is_text ? 'a' + next(&own) % 5 : next(&own));
    return bytes;
}

/* Wrapped as nobody should, and now and then as everybody does. */
static void add_wrapped(GString *out, Chance *chance, const char *encoded)
{
    static const unsigned widths[] = {76, 76, 76, 72, 64, 60, 4, 1, 3, 75, 77, 998, 1 << 20};
    unsigned width = widths[below(chance, G_N_ELEMENTS(widths))];
    const char *end = line_end(chance);
    bool is_odd = below(chance, 4) == 0;
    for (size_t at = 0, length = strlen(encoded); at < length; at += width) {
        if (is_odd && below(chance, 20) == 0)
            g_string_append(out, one_of(chance, (const char *const[]){" ", "\t", "=", "!", "\r", "\n"}, 6));
        g_string_append_len(out, encoded + at, (gssize)MIN(width, length - at));
        if (at + width < length || below(chance, 3))
            g_string_append(out, is_odd && below(chance, 30) == 0 ? line_end(chance) : end);
    }
}

static void add_base64(GString *out, Chance *chance)
{
    size_t length;
    g_autofree guchar *bytes = attachment(chance, &length);
    g_autofree char *encoded = g_base64_encode(bytes, length);
    size_t size = strlen(encoded);
    if (size > 4 && below(chance, 5) == 0)
        encoded[below(chance, (unsigned)size)] = "=-_ \r\n\001"[below(chance, 7)];
    if (size > 4 && below(chance, 8) == 0)
        encoded[size - 1 - below(chance, 3)] = '\0';
    add_wrapped(out, chance, encoded);
    if (below(chance, 6) == 0)
        g_string_append(out, "==\r\n--trailing garbage");
}

static void add_multipart(GString *out, Chance *chance)
{
    unsigned depth = below(chance, 10) ? 1 + below(chance, 6) : 50 + below(chance, 300);
    const char *end = below(chance, 2) ? "\r\n" : "\n";
    for (unsigned level = 0; level < depth; level++)
        g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=\"%u\"%s%s--%u%s", level / 2, end, end,
                               level / 2, end);
    for (unsigned parts = below(chance, 5); parts > 0; parts--) {
        g_string_append_printf(out, "Content-Transfer-Encoding: base64%s%s", end, end);
        add_base64(out, chance);
        g_string_append_printf(out, "%s--%u%s", end, below(chance, depth), below(chance, 3) ? end : "--");
    }
}

static void add_own_files(GString *out, Chance *chance)
{
    static const char magic[][16] = {"FRM1\1\1\0\0", "MBPACK\r\n", "FRM1\2\0\0\0\xff\xff\xff\x7f"};
    for (unsigned i = below(chance, 20); i > 0; i--) {
        g_string_append_len(out, magic[below(chance, 3)], 16);
        add_noise(out, chance, below(chance, 100));
    }
}

static void spoil(GString *out, Chance *chance)
{
    for (unsigned i = below(chance, 6); i > 0 && out->len > 0; i--) {
        gsize at = (gsize)(next(chance) % out->len), length = below(chance, 50);
        switch (below(chance, 5)) {
        case 0:
            out->str[at] = (char)next(chance);
            break;
        case 1:
            out->str[at] = '\0';
            break;
        case 2:
            g_string_erase(out, (gssize)at, (gssize)MIN(out->len - at, length));
            break;
        case 3:
            g_string_insert_c(out, (gssize)at, "\r\n\0="[below(chance, 4)]);
            break;
        default:
            g_string_truncate(out, below(chance, 4) ? out->len : at);
        }
    }
}

static void add_message(GString *out, Chance *chance)
{
    if (below(chance, 40) == 0)
        return;
    if (below(chance, 8))
        add_header(out, chance);
    switch (below(chance, 7)) {
    case 0:
        add_noise(out, chance, below(chance, 3000));
        break;
    case 1:
        add_own_files(out, chance);
        break;
    case 2:
    case 3:
        add_multipart(out, chance);
        break;
    case 4:
        add_base64(out, chance);
        break;
    default:
        add_text(out, chance, below(chance, 5000));
    }
    if (below(chance, 3) == 0)
        spoil(out, chance);
}

static void add_piece_of_base64(GString *out, Chance *chance)
{
    guchar bytes[57];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (guchar)next(chance);
    g_autofree char *line = g_base64_encode(bytes, sizeof bytes);
    g_string_append_printf(out, "%s\r\n", line);
}

/* One of text, one of noise, one of base64, each a little other. */
static bool write_long(Chance *chance, size_t length, NastySink sink, void *user)
{
    unsigned kind = below(chance, 3);
    g_autoptr(GString) piece = g_string_new("Subject: long\r\n\r\n");
    for (size_t done = 0; done < length; done += piece->len, g_string_truncate(piece, 0)) {
        while (piece->len < PIECE_BYTES)
            if (kind == 0)
                add_text(piece, chance, 500);
            else if (kind == 1)
                add_noise(piece, chance, 500);
            else
                add_piece_of_base64(piece, chance);
        if (!sink(piece->str, piece->len, user))
            return false;
    }
    return true;
}

bool nasty_mail_write(uint64_t seed, uint32_t number, NastySink sink, void *user)
{
    Chance chance = {seed ^ ((uint64_t)number << 32)};
    next(&chance);
    if (number % HUGE_ONE_IN == 7)
        return write_long(&chance, HUGE_BYTES, sink, user);
    if (number % LARGE_ONE_IN == 8)
        return write_long(&chance, next(&chance) % ((size_t)5 << 20), sink, user);
    g_autoptr(GString) message = g_string_new(NULL);
    add_message(message, &chance);
    return sink(message->str, message->len, user);
}
