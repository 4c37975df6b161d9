#include "mount_background.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"

static G_NORETURN void wait_and_exit(pid_t daemon, int ready)
{
    char byte;
    ssize_t got;
    int status;
    while ((got = read(ready, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (got == 1)
        _exit(EXIT_SUCCESS);
    while (waitpid(daemon, &status, 0) < 0)
        if (errno != EINTR)
            _exit(EXIT_FAILURE);
    bool failed = WIFEXITED(status) && WEXITSTATUS(status) != EXIT_SUCCESS;
    _exit(failed ? WEXITSTATUS(status) : EXIT_FAILURE);
}

bool mount_background_begin(int *ready, GError **error)
{
    int ends[2];
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
        return false;
    pid_t daemon = fork();
    if (daemon < 0)
        return mb_error_errno(error, errno, "cannot go to the background");
    if (daemon > 0) {
        close(ends[1]);
        wait_and_exit(daemon, ends[0]);
    }
    close(ends[0]);
    *ready = ends[1];
    return setsid() >= 0 || mb_error_errno(error, errno, "cannot leave the terminal's session");
}

bool mount_background_ready(int ready, GError **error)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0 || chdir("/") != 0)
        return mb_error_errno(error, errno, "cannot leave the terminal");
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
    bool told = write(ready, "r", 1) == 1;
    close(ready);
    return told || mb_error_errno(error, errno, "the process that started the mount has gone");
}
