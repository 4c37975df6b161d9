#include "options.h"

#include <glib.h>
#include <string.h>

static void test_repository_path(void)
{
    g_autofree char *given = options_repository_path("/given");
    g_assert_cmpstr(given, ==, "/given");

    g_setenv("MAILBACKUP_REPO", "/of/environment", TRUE);
    g_autofree char *environment = options_repository_path(NULL);
    g_assert_cmpstr(environment, ==, "/of/environment");
    g_autofree char *given_wins = options_repository_path("/given");
    g_assert_cmpstr(given_wins, ==, "/given");

    g_setenv("MAILBACKUP_REPO", "", TRUE);
    g_autofree char *expected = g_build_filename(g_get_user_data_dir(), "mailbackup", NULL);
    g_autofree char *fallback = options_repository_path(NULL);
    g_assert_cmpstr(fallback, ==, expected);
}

static CommandLine typed(const char *text)
{
    return (CommandLine){
        .name = "test", .parameters = "[THING…]", .summary = "Tests", .arguments = g_strsplit(text, " ", -1)};
}

static void test_options_anywhere(void)
{
    gboolean flag = FALSE;
    const GOptionEntry entries[] = {
        {"flag", 0, 0, G_OPTION_ARG_NONE, &flag, "A flag", NULL},
        G_OPTION_ENTRY_NULL,
    };
    CommandLine line = typed("test one -r /repository two --flag -- --three");
    line.repository = g_strdup("/given-before-the-command");
    g_autoptr(GError) error = NULL;

    g_assert_true(options_parse(&line, entries, &error));
    g_assert_no_error(error);
    g_assert_true(flag);
    g_assert_cmpstr(line.repository, ==, "/repository");
    const char *const expected[] = {"one", "two", "--three", NULL};
    g_assert_cmpstrv(line.arguments, expected);
    command_line_clear(&line);
}

static void test_bytes_stay(void)
{
    CommandLine line = typed("test caf\xe9");
    g_assert_true(options_parse(&line, NULL, NULL));
    g_assert_cmpstr(line.arguments[0], ==, "caf\xe9");
    command_line_clear(&line);
}

static void test_unknown_option(void)
{
    CommandLine line = typed("test --no-such-option");
    g_autoptr(GError) error = NULL;
    g_assert_false(options_parse(&line, NULL, &error));
    g_assert_true(error->domain == G_OPTION_ERROR);
    command_line_clear(&line);
}

static void test_count(void)
{
    CommandLine line = typed("one two");
    g_autoptr(GError) few = NULL, many = NULL;
    g_assert_true(options_count_arguments(&line, 2, 2, NULL));
    g_assert_false(options_count_arguments(&line, 3, 4, &few));
    g_assert_nonnull(strstr(few->message, "too few"));
    g_assert_false(options_count_arguments(&line, 0, 1, &many));
    g_assert_nonnull(strstr(many->message, "too many"));
    command_line_clear(&line);
}

static void test_program_options_stop_at_the_command(void)
{
    char **arguments = g_strsplit("mailbackup -r /repository sync --json -r /other", " ", -1);
    g_autofree char *repository = NULL;
    bool version = true;
    g_assert_true(options_parse_program(&arguments, &repository, &version, "", NULL));
    g_assert_false(version);
    g_assert_cmpstr(repository, ==, "/repository");
    const char *const expected[] = {"mailbackup", "sync", "--json", "-r", "/other", NULL};
    g_assert_cmpstrv(arguments, expected);
    g_strfreev(arguments);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/repository-path", test_repository_path);
    g_test_add_func("/options/anywhere", test_options_anywhere);
    g_test_add_func("/options/bytes-stay", test_bytes_stay);
    g_test_add_func("/options/unknown", test_unknown_option);
    g_test_add_func("/options/count", test_count);
    g_test_add_func("/options/stop-at-the-command", test_program_options_stop_at_the_command);
    return g_test_run();
}
