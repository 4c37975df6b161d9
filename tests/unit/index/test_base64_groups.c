#include "base64_groups.h"

#include <glib.h>
#include <string.h>

/* More than a block of sixteen characters on each side of what is looked at. */
#define MOST_GROUPS 40u

static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)g_test_rand_int_range(0, 256);
}

/* In memory of just its size, so that a sanitizer sees what goes beyond. */
static void test_there_and_back(void)
{
    for (size_t groups = 0; groups <= MOST_GROUPS; groups++) {
        g_autofree uint8_t *bytes = g_malloc(3 * groups + 1);
        g_autofree char *text = g_malloc(4 * groups + 1);
        g_autofree uint8_t *back = g_malloc(3 * groups + 1);
        fill(bytes, 3 * groups);
        g_autofree char *expected = g_base64_encode(bytes, 3 * groups);
        base64_encode_groups(bytes, groups, text);
        g_assert_cmpmem(text, 4 * groups, expected, strlen(expected));
        g_assert_cmpuint(base64_count_characters((const uint8_t *)text, 4 * groups), ==, 4 * groups);
        g_assert_cmpuint(base64_decode_groups((const uint8_t *)text, groups, back), ==, groups);
        g_assert_cmpmem(back, 3 * groups, bytes, 3 * groups);
    }
}

static void check_character(uint8_t character, size_t position)
{
    uint8_t text[4 * MOST_GROUPS], out[3 * MOST_GROUPS];
    memset(text, 'A', sizeof text);
    text[position] = character;
    uint8_t value = base64_values()[character];
    size_t count = base64_count_characters(text, sizeof text), groups = base64_decode_groups(text, MOST_GROUPS, out);
    if (value > 63) {
        g_assert_cmpuint(count, ==, position);
        g_assert_cmpuint(groups, ==, position / 4);
    } else {
        g_assert_cmpuint(count, ==, sizeof text);
        g_assert_cmpuint(groups, ==, MOST_GROUPS);
        guint32 bits = (guint32)value << (6 * (3 - position % 4));
        const uint8_t *group = out + position / 4 * 3;
        g_assert_cmpuint((guint32)group[0] << 16 | (guint32)group[1] << 8 | group[2], ==, bits);
    }
}

static void test_each_character_in_each_place(void)
{
    for (unsigned character = 0; character < 256; character++)
        for (size_t position = 0; position < 4 * (size_t)MOST_GROUPS; position++)
            check_character((uint8_t)character, position);
}

static void test_last_group(void)
{
    const uint8_t bytes[] = {0xff, 0x01, 0x80};
    for (size_t count = 1; count <= sizeof bytes; count++) {
        char text[4];
        g_autofree char *expected = g_base64_encode(bytes, count);
        base64_encode_last(bytes, count, text);
        g_assert_cmpmem(text, sizeof text, expected, strlen(expected));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base64_groups/there_and_back", test_there_and_back);
    g_test_add_func("/base64_groups/each_character", test_each_character_in_each_place);
    g_test_add_func("/base64_groups/last", test_last_group);
    return g_test_run();
}
