#include "base64_groups.h"

#include <glib.h>
#include <string.h>

#include "base64_vector.h"

/* The characters by value, and behind them the padding. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

const uint8_t *base64_values(void)
{
    static uint8_t table[256];
    static gsize made;
    if (g_once_init_enter(&made)) {
        memset(table, BASE64_NONE, sizeof table);
        for (size_t i = 0; i < 64; i++)
            table[(uint8_t)alphabet[i]] = (uint8_t)i;
        table['='] = BASE64_PADDING;
        g_once_init_leave(&made, 1);
    }
    return table;
}

size_t base64_count_characters(const uint8_t *text, size_t length)
{
    const uint8_t *table = base64_values();
    size_t count = base64_vector_count(text, length);
    while (count < length && table[text[count]] < 64)
        count++;
    return count;
}

size_t base64_decode_groups(const uint8_t *text, size_t groups, uint8_t *out)
{
    const uint8_t *table = base64_values();
    size_t done = base64_vector_decode(text, groups, out);
    text += 4 * done;
    out += 3 * done;
    for (; done < groups; done++, text += 4, out += 3) {
        uint8_t a = table[text[0]], b = table[text[1]], c = table[text[2]], d = table[text[3]];
        if ((a | b | c | d) > 63)
            break;
        out[0] = (uint8_t)(a << 2 | b >> 4);
        out[1] = (uint8_t)(b << 4 | c >> 2);
        out[2] = (uint8_t)(c << 6 | d);
    }
    return done;
}

/* What each value of twelve bits is encoded as: two characters at once. */
static const char (*pairs(void))[2]
{
    static char table[4096][2];
    static gsize made;
    if (g_once_init_enter(&made)) {
        for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
            table[i][0] = alphabet[i >> 6];
            table[i][1] = alphabet[i & 63];
        }
        g_once_init_leave(&made, 1);
    }
    return (const char(*)[2])table;
}

void base64_encode_groups(const uint8_t *bytes, size_t groups, char *out)
{
    const char(*table)[2] = pairs();
    size_t done = base64_vector_encode(bytes, groups, out);
    bytes += 3 * done;
    out += 4 * done;
    for (; done < groups; done++, bytes += 3, out += 4) {
        uint32_t bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        memcpy(out, table[bits >> 12], 2);
        memcpy(out + 2, table[bits & 4095], 2);
    }
}

void base64_encode_last(const uint8_t *bytes, size_t count, char out[4])
{
    uint32_t bits = (uint32_t)bytes[0] << 16 | (count > 1 ? (uint32_t)bytes[1] << 8 : 0) | (count > 2 ? bytes[2] : 0);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[count > 1 ? bits >> 6 & 63 : 64];
    out[3] = alphabet[count > 2 ? bits & 63 : 64];
}
