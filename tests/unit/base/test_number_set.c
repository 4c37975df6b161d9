#include "number_set.h"

static GArray *array_of(const uint32_t *numbers, guint count)
{
    GArray *array = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return g_array_append_vals(array, numbers, count);
}

static void assert_comes_back(const uint32_t *numbers, guint count, guint bytes)
{
    g_autoptr(GArray) array = array_of(numbers, count);
    g_autoptr(GByteArray) out = g_byte_array_new();
    put_number_set(out, array);
    g_assert_cmpuint(out->len, ==, bytes);
    g_autoptr(GArray) back = number_set_decode(out->data, out->len, count);
    g_assert_nonnull(back);
    g_assert_cmpmem(back->data, back->len * sizeof(uint32_t), numbers, count * sizeof(uint32_t));
    g_assert_true(count == 0 || number_set_decode(out->data, out->len, count - 1) == NULL);
}

static void test_round_trip(void)
{
    const uint32_t some[] = {1, 2, 3, 7, 100, 101, UINT32_MAX};
    assert_comes_back(some, 0, 1);
    assert_comes_back(some, 1, 3);
    assert_comes_back(some, 3, 3);
    assert_comes_back(some, G_N_ELEMENTS(some), 1 + 2 + 2 + 2 + 6);
}

static void test_nonsense(void)
{
    static const uint8_t zero[] = {1, 0, 0}, cut[] = {2, 1, 0}, longer[] = {1, 1, 0, 9};
    static const uint8_t too_high[] = {1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1};
    g_assert_null(number_set_decode(zero, sizeof zero, 10));
    g_assert_null(number_set_decode(cut, sizeof cut, 10));
    g_assert_null(number_set_decode(longer, sizeof longer, 10));
    g_assert_null(number_set_decode(too_high, sizeof too_high, 10));
}

static void test_search(void)
{
    const uint32_t some[] = {2, 3, 9};
    g_autoptr(GArray) array = array_of(some, 3);
    g_assert_true(number_set_has(array, 9));
    g_assert_false(number_set_has(array, 4));
    g_assert_cmpuint(number_set_find(array, 4), ==, 2);
    g_assert_cmpuint(number_set_find(array, 10), ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/number-set/round-trip", test_round_trip);
    g_test_add_func("/number-set/nonsense", test_nonsense);
    g_test_add_func("/number-set/search", test_search);
    return g_test_run();
}
