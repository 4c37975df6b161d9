#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "error.h"
#include "mb_limits.h"
#include "secret_memory.h"
#include "secrets.h"

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { CAUGHT_SIGNALS = G_N_ELEMENTS(caught_signals) };

static volatile sig_atomic_t arrived_signal;

static void note_signal(int number)
{
    arrived_signal = number;
}

typedef struct {
    int fd;
    struct termios saved;
    sigset_t mask;
    struct sigaction actions[CAUGHT_SIGNALS];
} Terminal;

/* The signals are caught, and blocked but while we wait, so that none slips in between with the echo off. */
static void hold_signals(Terminal *terminal)
{
    arrived_signal = 0;
    sigset_t blocked;
    sigemptyset(&blocked);
    struct sigaction action = {.sa_handler = note_signal};
    for (size_t i = 0; i < CAUGHT_SIGNALS; i++) {
        sigaddset(&blocked, caught_signals[i]);
        sigaction(caught_signals[i], &action, &terminal->actions[i]);
    }
    pthread_sigmask(SIG_BLOCK, &blocked, &terminal->mask);
}

static void release_signals(Terminal *terminal)
{
    for (size_t i = 0; i < CAUGHT_SIGNALS; i++)
        sigaction(caught_signals[i], &terminal->actions[i], NULL);
    pthread_sigmask(SIG_SETMASK, &terminal->mask, NULL);
}

static bool hide_echo(Terminal *terminal, GError **error)
{
    if (tcgetattr(terminal->fd, &terminal->saved) != 0)
        return mb_error_errno(error, errno, "cannot ask for a password");
    hold_signals(terminal);
    struct termios quiet = terminal->saved;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    tcsetattr(terminal->fd, TCSAFLUSH, &quiet);
    return true;
}

static void restore_echo(Terminal *terminal)
{
    tcsetattr(terminal->fd, TCSAFLUSH, &terminal->saved);
    release_signals(terminal);
}

/* One line without its end into `line`. False when a signal arrived or reading failed. */
static bool read_line(const Terminal *terminal, char *line, size_t size, size_t *length)
{
    struct pollfd input = {.fd = terminal->fd, .events = POLLIN};
    *length = 0;
    for (;;) {
        if (ppoll(&input, 1, NULL, &terminal->mask) < 0)
            return false;
        char c;
        if (read(terminal->fd, &c, 1) != 1)
            return false;
        if (c == '\n')
            return true;
        if (*length < size)
            line[(*length)++] = c;
    }
}

static void write_text(const Terminal *terminal, const char *text)
{
    ssize_t written = write(terminal->fd, text, strlen(text));
    (void)written; /* a prompt that cannot be shown can still be answered */
}

static bool ask(Terminal *terminal, const char *prompt, char *line, size_t size, size_t *length, GError **error)
{
    for (;;) {
        if (!hide_echo(terminal, error))
            return false;
        write_text(terminal, prompt);
        bool answered = read_line(terminal, line, size, length);
        write_text(terminal, "\n");
        restore_echo(terminal);
        int number = arrived_signal;
        if (number)
            raise(number);
        if (answered)
            return true;
        if (number != SIGTSTP)
            return mb_error_set(error, MB_ERROR_CANCELLED, "no password was given");
    }
}

Secret *secret_from_prompt(const char *prompt, GError **error)
{
    Terminal terminal = {.fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (terminal.fd < 0) {
        mb_error_set(error, MB_ERROR_AUTH,
                     "no terminal to ask for a password on; give --password-command or --password-file");
        return NULL;
    }
    const size_t size = LIMIT_PASSWORD_BYTES + 1;
    char *line = secret_memory_new(size);
    size_t length = 0;
    Secret *secret = NULL;
    if (ask(&terminal, prompt, line, size, &length, error)) {
        if (length == 0)
            mb_error_set(error, MB_ERROR_AUTH, "no password was given");
        else if (length > LIMIT_PASSWORD_BYTES)
            mb_error_set(error, MB_ERROR_INVALID, "a password has at most %d bytes", LIMIT_PASSWORD_BYTES);
        else
            secret = secret_new(line, length);
    }
    secret_memory_free(line, size);
    close(terminal.fd);
    return secret;
}
