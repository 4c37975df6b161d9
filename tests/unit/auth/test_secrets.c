/* Where passwords come from, and who else gets to see them. */
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pty.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "error.h"
#include "mb_limits.h"

#if defined(__SANITIZE_ADDRESS__)
#define MB_HAS_ASAN 1
#elif defined(__has_feature)
#define MB_HAS_ASAN __has_feature(address_sanitizer)
#else
#define MB_HAS_ASAN 0
#endif

typedef struct {
    char *directory;
    char *path;
} Fixture;

static void set_up(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    fixture->directory = g_dir_make_tmp("secrets-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->directory, "password", NULL);
}

static void tear_down(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_unlink(fixture->path);
    g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
    g_free(fixture->path);
    g_free(fixture->directory);
}

static void write_file(const Fixture *fixture, const char *text, gssize length, mode_t mode)
{
    g_assert_true(g_file_set_contents(fixture->path, text, length, NULL));
    g_assert_cmpint(chmod(fixture->path, mode), ==, 0);
}

static Secret *from_file(const Fixture *fixture, GError **error)
{
    AccountSettings settings = {.name = (char *)"alice", .password_file = fixture->path};
    return secret_of_account(&settings, error);
}

static Secret *from_command(const char *command, GError **error)
{
    AccountSettings settings = {.name = (char *)"alice", .password_command = (char *)command};
    return secret_of_account(&settings, error);
}

static void check_file(const Fixture *fixture, const char *text, const char *expected)
{
    write_file(fixture, text, -1, 0600);
    g_autoptr(GError) error = NULL;
    g_autoptr(Secret) secret = from_file(fixture, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(secret_text(secret), ==, expected);
}

static void test_file(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    check_file(fixture, "sesame", "sesame");
    check_file(fixture, "sesame\nuser: alice\n", "sesame");
    check_file(fixture, " spaces stay \r\n", " spaces stay ");
    g_autofree char *longest = g_strnfill(LIMIT_PASSWORD_BYTES, 'p');
    g_autofree char *line = g_strconcat(longest, "\n", NULL);
    check_file(fixture, line, longest);
}

static void check_refused(const Fixture *fixture, MbError code)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(from_file(fixture, &error));
    g_assert_error(error, MB_ERROR, (int)code);
    g_assert_null(strstr(error->message, "sesame"));
}

static void test_open_file(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    static const mode_t open_modes[] = {0644, 0640, 0604, 0620, 0601};
    for (size_t i = 0; i < G_N_ELEMENTS(open_modes); i++) {
        write_file(fixture, "sesame", -1, open_modes[i]);
        check_refused(fixture, MB_ERROR_INSECURE);
    }
}

static void test_foreign_file(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    write_file(fixture, "sesame", -1, 0600);
    if (chown(fixture->path, 65534, 65534) != 0) {
        g_test_skip("only root can give a file away");
        return;
    }
    check_refused(fixture, MB_ERROR_INSECURE);
}

static void test_bad_file(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    check_refused(fixture, MB_ERROR_NOT_FOUND);
    write_file(fixture, "", 0, 0600);
    check_refused(fixture, MB_ERROR_AUTH);
    write_file(fixture, "\nsesame\n", -1, 0600);
    check_refused(fixture, MB_ERROR_AUTH);
    write_file(fixture, "ses\0ame\n", 8, 0600);
    check_refused(fixture, MB_ERROR_INVALID);
    g_autofree char *too_long = g_strnfill(LIMIT_PASSWORD_BYTES + 1, 'p');
    write_file(fixture, too_long, -1, 0600);
    check_refused(fixture, MB_ERROR_INVALID);
    g_unlink(fixture->path);
    g_assert_cmpint(mkfifo(fixture->path, 0600), ==, 0);
    check_refused(fixture, MB_ERROR_INSECURE); /* and does not wait for a writer */
}

static void test_command(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Secret) secret = from_command("printf 'ses%s\\nmore\\n' ame; yes | head -c 1000000", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(secret_text(secret), ==, "sesame");
}

static void check_command_refused(const char *command)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(from_command(command, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AUTH);
}

static void test_bad_command(void)
{
    check_command_refused("true");
    check_command_refused("echo sesame; exit 3");
    check_command_refused("echo sesame; kill -9 $$");
    check_command_refused("/no/such/program");
}

/* A child sees neither the password of another account nor descriptors of ours. */
static void test_nothing_inherited(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    write_file(fixture, "open-sesame", -1, 0600);
    g_autoptr(GError) error = NULL;
    g_autoptr(Secret) first = from_file(fixture, &error);
    g_assert_no_error(error);
    g_autoptr(Secret) spied = from_command("tr '\\0' ' ' </proc/self/environ; tr '\\0' ' ' </proc/$PPID/environ; "
                                           "tr '\\0' ' ' </proc/$PPID/cmdline; echo",
                                           &error);
    g_assert_no_error(error);
    g_assert_null(strstr(secret_text(spied), secret_text(first)));
    int fd = open(fixture->path, O_RDONLY);
    g_autofree char *look = g_strdup_printf("test -e /proc/self/fd/%d && echo open || echo closed", fd);
    g_autoptr(Secret) seen = from_command(look, &error);
    close(fd);
    g_assert_cmpstr(secret_text(seen), ==, "closed");
}

static void test_nowhere(void)
{
    AccountSettings settings = {.name = (char *)"alice"};
    g_autoptr(GError) error = NULL;
    g_assert_null(secret_of_account(&settings, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AUTH);
    g_assert_nonnull(strstr(error->message, "mailbackup add alice"));
}

static void test_store(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(Secret) secret = secret_new("sesame", 6);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = secret_store(fixture->directory, "alice@example.com", secret, &error);
    g_assert_no_error(error);
    g_autofree char *parent = g_path_get_dirname(path);
    struct stat status;
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0600);
    g_assert_cmpint(stat(parent, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0700);
    AccountSettings settings = {.name = (char *)"alice@example.com", .password_file = path};
    g_autoptr(Secret) again = secret_of_account(&settings, &error);
    g_assert_cmpstr(secret_text(again), ==, "sesame");
    g_assert_null(secret_store(fixture->directory, "../alice", secret, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    g_unlink(path);
    g_rmdir(parent);
}

/* The mapping of /proc/self/smaps that holds `address` has this flag. */
static bool mapping_has_flag(const void *address, const char *flag)
{
    g_autofree char *smaps = NULL;
    g_assert_true(g_file_get_contents("/proc/self/smaps", &smaps, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(smaps, "\n", -1);
    bool inside = false;
    for (char **line = lines; *line; line++) {
        unsigned long first, last;
        if (sscanf(*line, "%lx-%lx ", &first, &last) == 2)
            inside = first <= (unsigned long)address && (unsigned long)address < last;
        if (inside && g_str_has_prefix(*line, "VmFlags:"))
            return strstr(*line, flag);
    }
    return false;
}

static void test_memory(void)
{
    g_autoptr(Secret) secret = secret_new("sesame", 6);
    g_assert_true(mapping_has_flag(secret_text(secret), " dd")); /* not in core files */
#if !MB_HAS_ASAN                                                 /* AddressSanitizer takes mlock() away */
    g_assert_true(mapping_has_flag(secret_text(secret), " lo"));
#endif
}

static bool echo_is_on(int terminal)
{
    struct termios settings;
    g_assert_cmpint(tcgetattr(terminal, &settings), ==, 0);
    return settings.c_lflag & ECHO;
}

/* Reads what the child wrote to the terminal until the prompt is there; by then the echo is off. */
static void wait_for_prompt(int terminal)
{
    char text[256] = "";
    size_t length = 0;
    while (!strstr(text, "Password:")) {
        ssize_t got = read(terminal, text + length, sizeof text - 1 - length);
        g_assert_cmpint(got, >, 0);
        length += (size_t)got;
        text[length] = '\0';
    }
}

/* In the child: exit status 0 when the secret is as expected, 1 when cancelled, 2 else. */
static void ask_and_exit(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Secret) secret = secret_from_prompt("Password: ", &error);
    if (secret)
        _exit(strcmp(secret_text(secret), "sesame") == 0 ? 0 : 2);
    _exit(g_error_matches(error, MB_ERROR, MB_ERROR_CANCELLED) ? 1 : 2);
}

static void test_prompt(void)
{
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0)
        ask_and_exit();
    wait_for_prompt(terminal);
    g_assert_false(echo_is_on(terminal));
    g_assert_cmpint(write(terminal, "sesame\n", 7), ==, 7);
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(terminal);
}

static void test_prompt_interrupted(void)
{
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0)
        ask_and_exit();
    wait_for_prompt(terminal);
    g_assert_cmpint(write(terminal, "ses\003", 4), ==, 4); /* Ctrl-C */
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    g_assert_true(echo_is_on(terminal));
    close(terminal);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/secrets/file", test_file);
    ADD("/secrets/open-file", test_open_file);
    ADD("/secrets/foreign-file", test_foreign_file);
    ADD("/secrets/bad-file", test_bad_file);
    g_test_add_func("/secrets/command", test_command);
    g_test_add_func("/secrets/bad-command", test_bad_command);
    ADD("/secrets/nothing-inherited", test_nothing_inherited);
    g_test_add_func("/secrets/nowhere", test_nowhere);
    ADD("/secrets/store", test_store);
    g_test_add_func("/secrets/memory", test_memory);
    g_test_add_func("/secrets/prompt", test_prompt);
    g_test_add_func("/secrets/prompt-interrupted", test_prompt_interrupted);
    return g_test_run();
}
