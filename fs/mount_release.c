#include "mount_release.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "mount_point.h"

enum { MOUNTED = 'm', UNMOUNTED = 'u' };

/* Of all that it has from its parent it keeps the pipe, at descriptor `kept`. */
static void leave_everything(int pipe_end)
{
    const int kept = STDERR_FILENO + 1;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0 || chdir("/") != 0)
        _exit(EXIT_FAILURE);
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
        dup2(nowhere, standard);
    dup2(pipe_end, kept);
    close_range((unsigned)kept + 1, ~0U, 0);
}

/* Whoever ends a whole group or session of processes means the mount: this one ends after it. */
static void outlive_the_mount(void)
{
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_NAME, "mount-release");
}

/* What was told last. */
static char wait_for_end(int pipe_end)
{
    char told = UNMOUNTED;
    ssize_t got;
    while ((got = read(pipe_end, &told, 1)) > 0 || (got < 0 && errno == EINTR))
        ;
    return told;
}

static G_NORETURN void wait_and_free(const char *mountpoint, const char *scratch, int pipe_end)
{
    leave_everything(pipe_end);
    outlive_the_mount();
    if (wait_for_end(STDERR_FILENO + 1) == MOUNTED)
        mount_point_free(mountpoint, NULL);
    if (scratch)
        rmdir(scratch);
    _exit(EXIT_SUCCESS);
}

bool mount_release_begin(const char *mountpoint, MountRelease *release, GError **error)
{
    int ends[2];
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
        return false;
    g_autofree char *scratch = g_dir_make_tmp("mailbackupfs-XXXXXX", NULL);
    pid_t child = fork();
    if (child < 0)
        return mb_error_errno(error, errno, "cannot start the process that frees the mountpoint");
    if (child == 0) {
        close(ends[1]);
        wait_and_free(mountpoint, scratch, ends[0]);
    }
    close(ends[0]);
    *release = (MountRelease){.process = child, .pipe = ends[1], .scratch = g_steal_pointer(&scratch)};
    return true;
}

static void tell(const MountRelease *release, char state)
{
    while (write(release->pipe, &state, 1) < 0 && errno == EINTR)
        ;
}

void mount_release_mounted(const MountRelease *release)
{
    tell(release, MOUNTED);
}

void mount_release_unmounted(const MountRelease *release)
{
    tell(release, UNMOUNTED);
}

void mount_release_finish(MountRelease *release)
{
    close(release->pipe);
    while (waitpid(release->process, NULL, 0) < 0 && errno == EINTR)
        ;
    g_free(release->scratch);
}
