/* What somebody would try who has taken over a mount. Loaded with LD_PRELOAD, it waits for the first message that is
 * read, tries all of it in the thread that answers, and writes a line for each attempt, "name errno", to the descriptor
 * $BREAK_OUT_TO. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct fuse_req;
int fuse_reply_buf(struct fuse_req *request, const char *bytes, size_t size);

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        abort();
    return value;
}

static void note(const char *name, long result)
{
    char line[100];
    int to = (int)strtol(variable("BREAK_OUT_TO"), NULL, 10);
    int length = snprintf(line, sizeof line, "%s %d\n", name, result < 0 ? errno : 0);
    if (write(to, line, (size_t)length) != length)
        abort();
}

static void start_programs(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL};
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    note("fork", child);
    note("execve", execv(arguments[0], arguments));
}

static void look_at_others(void)
{
    note("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    note("kill", kill(getppid(), 0));
    note("shadow", open("/etc/shadow", O_RDONLY | O_CLOEXEC));
    note("environment", open("/proc/1/environ", O_RDONLY | O_CLOEXEC));
}

static void reach_the_network(void)
{
    note("inet", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    note("inet6", socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    note("netlink", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static void change_files(const char *outside, const char *pack)
{
    char added[4096];
    snprintf(added, sizeof added, "%s.added", outside);
    note("write-outside", open(outside, O_WRONLY | O_CLOEXEC));
    note("make-outside", open(added, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    note("remove-outside", unlink(outside));
    snprintf(added, sizeof added, "%s.added", pack);
    note("make-in-repository", open(added, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    note("cut-pack", open(pack, O_WRONLY | O_TRUNC | O_CLOEXEC));
    note("remove-pack", unlink(pack));
    note("rename-pack", rename(pack, added));
    note("chmod-pack", chmod(pack, 0644));
}

static void mount_and_unmount(void)
{
    note("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
    note("unmount", umount2("/mnt", MNT_DETACH));
}

static void break_out(void)
{
    start_programs();
    look_at_others();
    reach_the_network();
    change_files(variable("BREAK_OUT_FILE"), variable("BREAK_OUT_PACK"));
    mount_and_unmount();
    note("end", 0);
}

int fuse_reply_buf(struct fuse_req *request, const char *bytes, size_t size)
{
    static atomic_bool done;
    int (*reply)(struct fuse_req *, const char *, size_t) = NULL;
    *(void **)&reply = dlsym(RTLD_NEXT, "fuse_reply_buf");
    if (!atomic_exchange(&done, true))
        break_out();
    return reply(request, bytes, size);
}
