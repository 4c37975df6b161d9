#include "text.h"

#include <glib.h>
#include <string.h>

static void assert_text(char *text, const char *expected)
{
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

static void test_escape(void)
{
    assert_text(text_escape("plain żółć 日本", strlen("plain żółć 日本")), "plain żółć 日本");
    assert_text(text_escape("a\x1b[31mb\\\n", 8), "a\\x1b[31mb\\\\");
    assert_text(text_escape("\xff\xfe", 2), "\\xff\\xfe");
    assert_text(text_escape("a\0b", 3), "a\\x00b");
    assert_text(text_escape("\u202egpj.exe", strlen("\u202egpj.exe")), "\\xe2\\x80\\xaegpj.exe");
}

static void test_numbers(void)
{
    assert_text(text_count(0), "0");
    assert_text(text_count(999), "999");
    assert_text(text_count(1000), "1,000");
    assert_text(text_count(1234567), "1,234,567");
    assert_text(text_size(0), "0 B");
    assert_text(text_size(999), "999 B");
    assert_text(text_size(1000), "1.0 kB");
    assert_text(text_size(9400000000), "9.4 GB");
    assert_text(text_size(999900), "1.0 MB");
    assert_text(text_duration(38), "38 s");
    assert_text(text_duration(240), "4 min");
    assert_text(text_duration(7800), "2 h 10 min");
}

static void test_dates(void)
{
    assert_text(text_snapshot_name(1795324440), "2026-11-22T05-14-00Z");
    assert_text(text_utc(1795324440), "2026-11-22T05:14:00Z");
}

static void test_parse_size(void)
{
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: no size */
    } cases[] = {{"1", 1},    {"500", 500}, {"500K", 500000}, {"2.5m", 2500000}, {"3GB", 3000000000}, {"7b", 7},
                 {"", 0},     {"0", 0},     {"-1", 0},        {"K", 0},          {"1T", 0},           {"1KK", 0},
                 {"1e30", 0}, {"inf", 0},   {"0x10", 0},      {"1 K", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t bytes = 0;
        g_assert_true(text_parse_size(cases[i].text, &bytes) == (cases[i].bytes > 0));
        g_assert_cmpuint(bytes, ==, cases[i].bytes);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/escape", test_escape);
    g_test_add_func("/text/numbers", test_numbers);
    g_test_add_func("/text/dates", test_dates);
    g_test_add_func("/text/parse-size", test_parse_size);
    return g_test_run();
}
