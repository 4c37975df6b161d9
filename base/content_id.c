#include "content_id.h"

#include <string.h>

bool content_id_equal(const ContentId *a, const ContentId *b)
{
    return memcmp(a->bytes, b->bytes, CONTENT_ID_SIZE) == 0;
}

void content_id_hex(const ContentId *id, char hex[CONTENT_ID_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < CONTENT_ID_SIZE; i++) {
        hex[2 * i] = digits[id->bytes[i] >> 4];
        hex[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    hex[2 * CONTENT_ID_SIZE] = '\0';
}

unsigned content_id_hash(const void *id)
{
    unsigned hash;
    memcpy(&hash, ((const ContentId *)id)->bytes, sizeof hash);
    return hash;
}

int content_id_equal_func(const void *a, const void *b)
{
    return content_id_equal(a, b);
}
