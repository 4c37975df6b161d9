#include "mount_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "error.h"

#define LIBFUSE_PASSES_PARALLEL_DIROPS 317 /* fuse_version() of 3.17 */

/* Remembers INIT when the kernel offers what libfuse will forget. */
static void watch_for_init(MountContext *context, const struct fuse_in_header *header, size_t length)
{
    const struct fuse_init_in *init = (const struct fuse_init_in *)(header + 1);
    size_t needed = sizeof(*header) + offsetof(struct fuse_init_in, flags) + sizeof(init->flags);
    if (header->opcode == FUSE_INIT && length >= needed && (init->flags & FUSE_PARALLEL_DIROPS) &&
        fuse_version() < LIBFUSE_PASSES_PARALLEL_DIROPS)
        atomic_store(&context->init_request, header->unique);
}

static void mend_init_reply(MountContext *context, struct iovec *parts, int count)
{
    const struct fuse_out_header *header = parts[0].iov_base;
    uint64_t awaited = atomic_load_explicit(&context->init_request, memory_order_relaxed);
    if (G_LIKELY(awaited == 0) || header->unique != awaited)
        return;
    atomic_store(&context->init_request, 0);
    if (count < 2 || header->error != 0 || parts[1].iov_len < sizeof(struct fuse_init_out))
        return;
    struct fuse_init_out *init = parts[1].iov_base;
    init->flags |= FUSE_PARALLEL_DIROPS;
}

static bool wants_answer(uint32_t opcode)
{
    return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT;
}

/* Puts `now` where `before` stands. */
static void replace_unanswered(MountContext *context, uint64_t before, uint64_t now)
{
    for (int i = 0; i < UNANSWERED_AT_MOST; i++) {
        uint_fast64_t expected = before;
        if (atomic_compare_exchange_strong(&context->unanswered[i], &expected, now))
            return;
    }
}

static ssize_t channel_read(int fd, void *buffer, size_t size, void *user)
{
    MountContext *context = user;
    const struct fuse_in_header *header = buffer;
    ssize_t length = read(fd, buffer, size);
    if (length >= (ssize_t)sizeof(*header)) {
        request_counts_add(&context->requests, header->opcode);
        watch_for_init(context, header, (size_t)length);
        if (wants_answer(header->opcode))
            replace_unanswered(context, 0, header->unique);
    }
    return length;
}

static ssize_t channel_writev(int fd, struct iovec *parts, int count, void *user)
{
    const struct fuse_out_header *header = parts[0].iov_base;
    mend_init_reply(user, parts, count);
    ssize_t written = writev(fd, parts, count);
    if (header->unique != 0) /* else it is a notification */
        replace_unanswered(user, header->unique, 0);
    return written;
}

bool mount_channel_attach(MountContext *context, GError **error)
{
    const struct fuse_custom_io io = {.read = channel_read, .writev = channel_writev};
    int result = fuse_session_custom_io(context->session, &io, fuse_session_fd(context->session));
    return result == 0 || mb_error_errno(error, -result, "cannot set up the FUSE session");
}

static void answer_dropped(MountContext *context)
{
    for (int i = 0; i < UNANSWERED_AT_MOST; i++) {
        struct fuse_out_header answer = {.len = sizeof(answer), .error = -ENODEV};
        answer.unique = atomic_exchange(&context->unanswered[i], 0);
        if (answer.unique != 0 && write(fuse_session_fd(context->session), &answer, sizeof(answer)) < 0)
            syslog(LOG_DEBUG, "request %" G_GUINT64_FORMAT " is gone", (guint64)answer.unique);
    }
}

bool mount_channel_answer_one(MountContext *context, int wait_ms)
{
    struct pollfd device = {.fd = fuse_session_fd(context->session), .events = POLLIN};
    struct fuse_buf request = {0};
    answer_dropped(context);
    if (poll(&device, 1, wait_ms) == 0)
        return true;
    int length = fuse_session_receive_buf(context->session, &request);
    if (length > 0)
        fuse_session_process_buf(context->session, &request);
    free(request.mem); /* libfuse has allocated it */
    return length > 0 || length == -EINTR;
}

/* The device of a mount that is gone tells POLLERR. */
bool mount_channel_is_mounted(const MountContext *context)
{
    struct pollfd device = {.fd = fuse_session_fd(context->session)};
    return poll(&device, 1, 0) == 0 || !(device.revents & POLLERR);
}

/* To libfuse, which is to free what it holds and start no program, a device whose mount is gone looks like this. */
static bool put_broken_pipe(int fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool is_put = dup2(ends[1], fd) >= 0;
    close(ends[0]);
    close(ends[1]);
    return is_put;
}

void mount_channel_close(MountContext *context)
{
    if (put_broken_pipe(fuse_session_fd(context->session)))
        fuse_session_unmount(context->session);
    else
        syslog(LOG_WARNING, "cannot let go of the FUSE device: %m");
}
