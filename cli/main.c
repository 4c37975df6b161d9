/* mailbackup. A server takes as long to prepare itself for somebody who connects as it takes to load OpenSSL, GIO and
 * what else the program needs. So main() needs neither: it begins to connect, and loads the program meanwhile. */
#include "first_account.h"
#include "lazy_library.h"
#include "process.h"
#include "program.h"
#include "report.h"
#include "tcp_attempt.h"

static TcpAttempt *connect_early(char **argv)
{
    g_autoptr(AccountSettings) account = first_account(argv);
    return account ? tcp_attempt_begin(account->host, account->port) : NULL;
}

/* Beside this file as it was built, or where the installation puts it, wherever that was moved to. */
static char *program_path(GError **error)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    if (!self)
        return NULL;
    g_autofree char *here = g_path_get_dirname(self);
    g_autofree char *built = g_build_filename(here, MB_PROGRAM_FILE, NULL);
    if (g_file_test(built, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&built);
    return g_build_filename(here, MB_PROGRAM_DIR, MB_PROGRAM_FILE, NULL);
}

static ExitCode run(char **argv, TcpAttempt *attempt, GError **error)
{
    ExitCode (*program)(char **argv, TcpAttempt *attempt) = NULL;
    const LazyFunction functions[] = {{"mailbackup_program", &program}};
    g_autofree char *path = program_path(error);
    if (!path)
        return EXIT_CODE_FAILED;
    if (lazy_library_load("the program", path, functions, G_N_ELEMENTS(functions), error))
        return program(argv, attempt);
    report_hint(error, "Install mailbackup again: it is made of this file and that one.");
    return EXIT_CODE_FAILED;
}

int main(int argc G_GNUC_UNUSED, char **argv)
{
    g_autoptr(GError) error = NULL;
    process_prepare();
    process_keep_memory();
    TcpAttempt *attempt = connect_early(argv);
    ExitCode code = run(argv, attempt, &error);
    tcp_attempt_free(attempt);
    if (error)
        report_error(error);
    return (int)code;
}
