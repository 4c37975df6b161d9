/* After W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018. */
#include "base64_vector.h"

#ifdef __x86_64__

#include <stdbool.h>
#include <tmmintrin.h>

#define SSSE3 __attribute__((target("ssse3")))

/* A block is 4 groups: 16 characters, 12 bytes. 16 bytes are moved for it, so 2 more groups must follow. */
enum { BLOCK_CHARACTERS = 16, BLOCK_GROUPS = 4, BLOCK_BYTES = 12, GROUPS_FOR_BLOCK = 6 };

static bool can_use(void)
{
    return __builtin_cpu_supports("ssse3");
}

static SSSE3 __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static SSSE3 void store(void *to, __m128i block)
{
    _mm_storeu_si128((__m128i *)to, block);
}

static SSSE3 __m128i high_nibbles(__m128i characters)
{
    return _mm_and_si128(_mm_srli_epi32(characters, 4), _mm_set1_epi8(0x2f));
}

/* Not 0 where a character has no value: each nibble tells what the other must not be. */
static SSSE3 __m128i without_value(__m128i characters)
{
    const __m128i by_low =
        _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    const __m128i by_high =
        _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    __m128i low = _mm_and_si128(characters, _mm_set1_epi8(0x0f));
    return _mm_and_si128(_mm_shuffle_epi8(by_low, low), _mm_shuffle_epi8(by_high, high_nibbles(characters)));
}

/* A bit for each character that has a value. */
static SSSE3 unsigned which_have_values(__m128i characters)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(without_value(characters), _mm_setzero_si128()));
}

/* What to add to a character depends on its high nibble, and '/' is alone among '+' and '/'. */
static SSSE3 __m128i to_values(__m128i characters)
{
    const __m128i distance = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    __m128i is_slash = _mm_cmpeq_epi8(characters, _mm_set1_epi8('/'));
    __m128i kind = _mm_add_epi8(is_slash, high_nibbles(characters));
    return _mm_add_epi8(characters, _mm_shuffle_epi8(distance, kind));
}

/* Sixteen times 6 bits become twelve bytes, at the front. */
static SSSE3 __m128i join_values(__m128i values)
{
    __m128i twelves = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
    __m128i groups = _mm_madd_epi16(twelves, _mm_set1_epi32(0x00011000));
    return _mm_shuffle_epi8(groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
}

/* The other way round. */
static SSSE3 __m128i split_values(__m128i bytes)
{
    __m128i groups = _mm_shuffle_epi8(bytes, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
    __m128i first_and_third = _mm_and_si128(groups, _mm_set1_epi32(0x0fc0fc00));
    __m128i second_and_fourth = _mm_and_si128(groups, _mm_set1_epi32(0x003f03f0));
    return _mm_or_si128(_mm_mulhi_epu16(first_and_third, _mm_set1_epi32(0x04000040)),
                        _mm_mullo_epi16(second_and_fourth, _mm_set1_epi32(0x01000010)));
}

/* What to add to a value: by 0 for 26 to 51, 1 to 12 for 52 to 63, 13 for 0 to 25. */
static SSSE3 __m128i to_characters(__m128i values)
{
    const __m128i distance = _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                           '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    __m128i is_upper_case = _mm_cmpgt_epi8(_mm_set1_epi8(26), values);
    __m128i kind =
        _mm_or_si128(_mm_subs_epu8(values, _mm_set1_epi8(51)), _mm_and_si128(is_upper_case, _mm_set1_epi8(13)));
    return _mm_add_epi8(values, _mm_shuffle_epi8(distance, kind));
}

static SSSE3 size_t count(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i + BLOCK_CHARACTERS <= length; i += BLOCK_CHARACTERS) {
        unsigned others = ~which_have_values(load(text + i)) & 0xffff;
        if (others != 0)
            return i + (size_t)__builtin_ctz(others);
    }
    return length / BLOCK_CHARACTERS * BLOCK_CHARACTERS;
}

static SSSE3 size_t decode(const uint8_t *text, size_t groups, uint8_t *out)
{
    size_t done = 0;
    for (; groups - done >= GROUPS_FOR_BLOCK; done += BLOCK_GROUPS, text += BLOCK_CHARACTERS, out += BLOCK_BYTES) {
        __m128i characters = load(text);
        if (which_have_values(characters) != 0xffff)
            break;
        store(out, join_values(to_values(characters)));
    }
    return done;
}

static SSSE3 size_t encode(const uint8_t *bytes, size_t groups, char *out)
{
    size_t done = 0;
    for (; groups - done >= GROUPS_FOR_BLOCK; done += BLOCK_GROUPS, bytes += BLOCK_BYTES, out += BLOCK_CHARACTERS)
        store(out, to_characters(split_values(load(bytes))));
    return done;
}

size_t base64_vector_count(const uint8_t *text, size_t length)
{
    return can_use() ? count(text, length) : 0;
}

size_t base64_vector_decode(const uint8_t *text, size_t groups, uint8_t *out)
{
    return can_use() ? decode(text, groups, out) : 0;
}

size_t base64_vector_encode(const uint8_t *bytes, size_t groups, char *out)
{
    return can_use() ? encode(bytes, groups, out) : 0;
}

#else

size_t base64_vector_count(const uint8_t *text, size_t length)
{
    (void)text;
    (void)length;
    return 0;
}

size_t base64_vector_decode(const uint8_t *text, size_t groups, uint8_t *out)
{
    (void)text;
    (void)groups;
    (void)out;
    return 0;
}

size_t base64_vector_encode(const uint8_t *bytes, size_t groups, char *out)
{
    (void)bytes;
    (void)groups;
    (void)out;
    return 0;
}

#endif
