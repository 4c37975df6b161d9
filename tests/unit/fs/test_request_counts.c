#include <glib.h>
#include <linux/fuse.h>

#include "request_counts.h"

static void assert_text(RequestCounts *counts, const char *expected)
{
    g_autofree char *text = request_counts_text(counts);
    g_assert_cmpstr(text, ==, expected);
}

static void test_counts_by_kind(void)
{
    RequestCounts counts = {0};
    assert_text(&counts, "");
    request_counts_add(&counts, FUSE_READ);
    request_counts_add(&counts, FUSE_LOOKUP);
    request_counts_add(&counts, FUSE_READ);
    assert_text(&counts, "LOOKUP 1, READ 2");
}

static void test_kinds_without_a_name(void)
{
    RequestCounts counts = {0};
    request_counts_add(&counts, 62);
    request_counts_add(&counts, 4096);
    request_counts_add(&counts, UINT32_MAX);
    assert_text(&counts, "opcode-62 1, opcode-63 2");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request_counts/by_kind", test_counts_by_kind);
    g_test_add_func("/request_counts/without_a_name", test_kinds_without_a_name);
    return g_test_run();
}
