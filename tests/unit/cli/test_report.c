#include "report.h"

#include <glib.h>
#include <stdlib.h>

#include "error.h"

static void expect_code(MbError code, ExitCode expected)
{
    g_autoptr(GError) error = NULL;
    mb_error_set(&error, code, "something");
    g_assert_cmpint(report_exit_code(error), ==, expected);
}

static void test_exit_codes(void)
{
    g_assert_cmpint(report_exit_code(NULL), ==, EXIT_CODE_DONE);
    expect_code(MB_ERROR_SYSTEM, EXIT_CODE_FAILED);
    expect_code(MB_ERROR_AGAIN, EXIT_CODE_SERVER);
    expect_code(MB_ERROR_CONNECT, EXIT_CODE_SERVER);
    expect_code(MB_ERROR_CERTIFICATE, EXIT_CODE_SERVER);
    expect_code(MB_ERROR_AUTH, EXIT_CODE_SERVER);
    expect_code(MB_ERROR_PROTOCOL, EXIT_CODE_SERVER);
    expect_code(MB_ERROR_CORRUPT, EXIT_CODE_DAMAGE);
    expect_code(MB_ERROR_NO_SPACE, EXIT_CODE_DISK_FULL);
    expect_code(MB_ERROR_BUSY, EXIT_CODE_BUSY);
    expect_code(MB_ERROR_CANCELLED, EXIT_CODE_INTERRUPTED);
    expect_code(MB_ERROR_INVALID, EXIT_CODE_USAGE);
    expect_code(MB_ERROR_INSECURE, EXIT_CODE_FAILED);
}

static void test_other_domains(void)
{
    g_autoptr(GError) usage = g_error_new_literal(G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "usage");
    g_autoptr(GError) other = g_error_new_literal(G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "other");
    g_assert_cmpint(report_exit_code(usage), ==, EXIT_CODE_USAGE);
    g_assert_cmpint(report_exit_code(other), ==, EXIT_CODE_FAILED);
}

static void test_the_gravest_wins(void)
{
    static const ExitCode order[] = {EXIT_CODE_DAMAGE, EXIT_CODE_DISK_FULL,  EXIT_CODE_INTERRUPTED,
                                     EXIT_CODE_BUSY,   EXIT_CODE_FAILED,     EXIT_CODE_USAGE,
                                     EXIT_CODE_SERVER, EXIT_CODE_INCOMPLETE, EXIT_CODE_DONE};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        for (size_t j = i; j < G_N_ELEMENTS(order); j++) {
            g_assert_cmpint(report_graver(order[i], order[j]), ==, order[i]);
            g_assert_cmpint(report_graver(order[j], order[i]), ==, order[i]);
        }
}

/* What report_error() prints of `error`, in a process of its own. */
static void expect_printed(GError *error, const char *expected)
{
    if (g_test_subprocess()) {
        report_error(error);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr(expected);
}

static void test_hint_of_the_code(void)
{
    g_autoptr(GError) error = NULL;
    mb_error_set(&error, MB_ERROR_NO_SPACE, "pack 7");
    expect_printed(error, "mailbackup: pack 7\n            What was stored stays. *\n");
}

static void test_hint_of_its_own(void)
{
    g_autoptr(GError) error = NULL;
    mb_error_set(&error, MB_ERROR_NO_SPACE, "pack 7");
    report_hint(&error, "buy %s", "disks");
    expect_printed(error, "mailbackup: pack 7\n            buy disks\n");
}

static void test_outside_text_is_harmless(void)
{
    g_autoptr(GError) error = NULL;
    mb_error_set(&error, MB_ERROR_SYSTEM, "server said \033[2J\r\xff");
    expect_printed(error, "mailbackup: server said \\x1b[2J\\x0d\\xff\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/exit-codes", test_exit_codes);
    g_test_add_func("/report/other-domains", test_other_domains);
    g_test_add_func("/report/gravest", test_the_gravest_wins);
    g_test_add_func("/report/hint-of-the-code", test_hint_of_the_code);
    g_test_add_func("/report/hint-of-its-own", test_hint_of_its_own);
    g_test_add_func("/report/outside-text", test_outside_text_is_harmless);
    return g_test_run();
}
