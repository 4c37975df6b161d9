#include "progress.h"

#include <glib.h>
#include <locale.h>
#include <string.h>

static const ProgressState half_way = {
    .what = "Archive/2019", .done = 49511, .total = 99022, .bytes = (uint64_t)5600 * 1000 * 1000};

static void test_terminal_line(void)
{
    g_autofree char *line = progress_terminal_line("alice", &half_way, 427, 200);
    g_assert_true(g_str_has_prefix(line, "alice   Archive/2019 "));
    g_assert_nonnull(strstr(line, " 50 % "));
    g_assert_nonnull(strstr(line, "49,511 of 99,022"));
    g_assert_nonnull(strstr(line, "5.6 GB"));
    g_assert_nonnull(strstr(line, "13.1 MB/s"));
    g_assert_nonnull(strstr(line, "7 min left"));
}

static size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (; *text; text = g_utf8_next_char(text))
        columns += g_unichar_iswide(g_utf8_get_char(text)) ? 2 : 1;
    return columns;
}

static void test_never_wider_than_the_terminal(void)
{
    const ProgressState wide = {.what = "日本語のとても長いメールボックスの名前", .done = 1, .total = 2, .bytes = 3};
    for (size_t columns = 0; columns < 120; columns++) {
        g_autofree char *line = progress_terminal_line("alice@example.com", &wide, 60, columns);
        g_assert_true(g_utf8_validate(line, -1, NULL));
        g_assert_cmpuint(columns_of(line), <=, columns);
    }
}

static void test_nothing_known_yet(void)
{
    const ProgressState nothing = {.what = ""};
    g_autofree char *line = progress_terminal_line("alice", &nothing, 0, 200);
    g_assert_nonnull(strstr(line, " 0 % "));
    g_assert_null(strstr(line, "left"));
    g_assert_null(strstr(line, "/s"));
}

static void test_more_done_than_estimated(void)
{
    const ProgressState more = {.what = "INBOX", .done = 12, .total = 10, .bytes = 1000};
    g_autofree char *line = progress_terminal_line("alice", &more, 10, 200);
    g_assert_nonnull(strstr(line, "100 %"));
    g_assert_nonnull(strstr(line, "12 of 12"));
    g_assert_null(strstr(line, "left"));
}

static void test_plain_line(void)
{
    g_autofree char *line = progress_plain_line("alice", "messages", &half_way, 427);
    g_assert_cmpstr(line, ==, "alice: Archive/2019: 49,511 of 99,022 messages, 5.6 GB, 13.1 MB/s, 7 min left");
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/terminal-line", test_terminal_line);
    g_test_add_func("/progress/width", test_never_wider_than_the_terminal);
    g_test_add_func("/progress/nothing-known", test_nothing_known_yet);
    g_test_add_func("/progress/more-than-estimated", test_more_done_than_estimated);
    g_test_add_func("/progress/plain-line", test_plain_line);
    return g_test_run();
}
