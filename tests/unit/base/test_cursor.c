#include "cursor.h"

static void test_numbers_round_trip(void)
{
    static const uint64_t values[] = {0, 1, 127, 128, 255, 16383, 16384, UINT32_MAX, (uint64_t)1 << 56, UINT64_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        put_varint(out, values[i]);
        put_u64(out, values[i]);
        Reader in = reader_of(out->data, out->len);
        g_assert_cmpuint(take_varint(&in), ==, values[i]);
        g_assert_cmpuint(take_u64(&in), ==, values[i]);
        g_assert_true(reader_done(&in));
    }
}

static void test_little_endian(void)
{
    static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
    Reader in = reader_of(bytes, sizeof bytes);
    g_assert_cmphex(take_u8(&in), ==, 0x01);
    g_assert_cmphex(take_u16(&in), ==, 0x0302);
    g_assert_cmphex(take_u32(&in), ==, 0x07060504);
    g_assert_true(reader_done(&in));
}

static void test_short_reads_fail_for_good(void)
{
    static const uint8_t bytes[] = {1, 2, 3};
    Reader in = reader_of(bytes, sizeof bytes);
    g_assert_cmpuint(take_u32(&in), ==, 0);
    g_assert_true(in.failed);
    g_assert_cmpuint(take_u8(&in), ==, 0);
    g_assert_false(reader_done(&in));
}

static void test_varints_have_one_form(void)
{
    static const uint8_t overlong[] = {0x80, 0x00};
    static const uint8_t overflowing[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    Reader in = reader_of(overlong, sizeof overlong);
    take_varint(&in);
    g_assert_true(in.failed);
    in = reader_of(overflowing, sizeof overflowing);
    take_varint(&in);
    g_assert_true(in.failed);
}

static void test_announced_length_is_checked(void)
{
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 'a'};
    Reader in = reader_of(bytes, sizeof bytes);
    size_t length = 1;
    g_assert_null(take_sized(&in, &length));
    g_assert_cmpuint(length, ==, 0);
    g_assert_true(in.failed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cursor/numbers-round-trip", test_numbers_round_trip);
    g_test_add_func("/cursor/little-endian", test_little_endian);
    g_test_add_func("/cursor/short-reads-fail-for-good", test_short_reads_fail_for_good);
    g_test_add_func("/cursor/varints-have-one-form", test_varints_have_one_form);
    g_test_add_func("/cursor/announced-length-is-checked", test_announced_length_is_checked);
    return g_test_run();
}
