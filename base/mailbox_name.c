#include "mailbox_name.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool stands_for_itself(uint32_t character)
{
    return character >= 0x20 && character <= 0x7e;
}

/* Bits on their way between 16-bit units and 6-bit digits. */
typedef struct {
    uint32_t bits;
    unsigned count;
} BitQueue;

static void put_unit(GString *out, BitQueue *queue, uint16_t unit)
{
    queue->bits = queue->bits << 16 | unit;
    for (queue->count += 16; queue->count >= 6; queue->count -= 6)
        g_string_append_c(out, digits[queue->bits >> (queue->count - 6) & 63]);
}

static void put_character(GString *out, BitQueue *queue, uint32_t character)
{
    if (character < 0x10000) {
        put_unit(out, queue, (uint16_t)character);
        return;
    }
    put_unit(out, queue, (uint16_t)(0xd800 + ((character - 0x10000) >> 10)));
    put_unit(out, queue, (uint16_t)(0xdc00 + ((character - 0x10000) & 0x3ff)));
}

/* Encodes the characters from `at` on that need it; returns where they end. */
static const char *encode_shifted(const char *at, GString *out)
{
    BitQueue queue = {0};
    g_string_append_c(out, '&');
    while (*at && !stands_for_itself(g_utf8_get_char(at))) {
        put_character(out, &queue, g_utf8_get_char(at));
        at = g_utf8_next_char(at);
    }
    if (queue.count > 0)
        g_string_append_c(out, digits[queue.bits << (6 - queue.count) & 63]);
    g_string_append_c(out, '-');
    return at;
}

char *mailbox_name_encode(const char *text)
{
    GString *out = g_string_new(NULL);
    while (*text) {
        if (!stands_for_itself((uint8_t)*text)) {
            text = encode_shifted(text, out);
            continue;
        }
        g_string_append(out, *text == '&' ? "&-" : (char[]){*text, '\0'});
        text++;
    }
    return g_string_free(out, FALSE);
}

/* Decodes `length` digits between "&" and "-"; false when they are no UTF-16. Forms that are merely unusual pass, the
 * comparison with the encoded result finds them. */
static bool decode_shifted(const char *at, size_t length, GString *out)
{
    g_autoptr(GArray) units = g_array_new(FALSE, FALSE, sizeof(gunichar2));
    BitQueue queue = {0};
    for (size_t i = 0; i < length; i++) {
        const char *digit = strchr(digits, at[i]);
        if (!digit)
            return false;
        queue.bits = queue.bits << 6 | (uint32_t)(digit - digits);
        queue.count += 6;
        if (queue.count >= 16) {
            queue.count -= 16;
            gunichar2 unit = (gunichar2)(queue.bits >> queue.count);
            g_array_append_val(units, unit);
        }
    }
    if (units->len == 0)
        return false;
    g_autofree char *text = g_utf16_to_utf8((const gunichar2 *)units->data, units->len, NULL, NULL, NULL);
    if (text)
        g_string_append(out, text);
    return text != NULL;
}

/* `name` has no NUL inside. NULL when it cannot be decoded at all. */
static char *decode_loosely(const char *name)
{
    g_autoptr(GString) out = g_string_new(NULL);
    while (*name) {
        if (*name != '&') {
            if (!stands_for_itself((uint8_t)*name))
                return NULL;
            g_string_append_c(out, *name++);
            continue;
        }
        const char *end = strchr(++name, '-');
        if (!end)
            return NULL;
        if (end == name)
            g_string_append_c(out, '&');
        else if (!decode_shifted(name, (size_t)(end - name), out))
            return NULL;
        name = end + 1;
    }
    return g_strdup(out->str);
}

char *mailbox_name_decode(const uint8_t *name, size_t length)
{
    if (length > 0 && memchr(name, 0, length))
        return NULL;
    g_autofree char *given = g_strndup((const char *)name, length);
    g_autofree char *text = decode_loosely(given);
    g_autofree char *again = text ? mailbox_name_encode(text) : NULL;
    return g_strcmp0(given, again) == 0 ? g_steal_pointer(&text) : NULL;
}
