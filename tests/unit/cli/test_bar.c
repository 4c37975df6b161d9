#include "bar.h"

#include <glib.h>

static void assert_bar(uint64_t value, uint64_t most, const char *expected)
{
    g_autofree char *bar = bar_new(value, most, 4);
    g_assert_cmpstr(bar, ==, expected);
}

static void test_lengths(void)
{
    assert_bar(100, 100, "████");
    assert_bar(50, 100, "██");
    assert_bar(66, 200, "█▍");
    assert_bar(1, 1000000, "▏");
    assert_bar(UINT64_MAX, UINT64_MAX, "████");
}

static void test_nothing(void)
{
    assert_bar(0, 100, "");
    assert_bar(0, 0, "");
    assert_bar(5, 0, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bar/lengths", test_lengths);
    g_test_add_func("/bar/nothing", test_nothing);
    return g_test_run();
}
