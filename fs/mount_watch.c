#include "mount_watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include "error.h"
#include "known_places.h"
#include "mount_thread.h"

/* LMDB writes its file, and counts the commit, a moment before readers see it: after a change the places are looked at
 * soon, then later and later. */
#define SOON_MS 2
#define IDLE_MS 1000
#define WAKE_AGAIN_US 10000

enum { WAKE_STOP, WAKE_SIGNAL, WAKE_END, WAKE_CHANGE, WAKES };

struct MountWatch {
    MountContext *context;
    KnownPlaces *known;
    uint64_t generation;
    struct pollfd wakes[WAKES]; /* an fd of -1 is ignored by poll() */
    atomic_bool stopping;
    GThread *thread;
    pthread_t main_thread; /* in which the session's loop runs */
};

/* Also once another file has taken its place; one that is watched already stays so. */
static void watch_catalog(int fd, const Repository *repository)
{
    g_autofree char *catalog = g_build_filename(repository_path(repository), "index", "data.mdb", NULL);
    if (inotify_add_watch(fd, catalog, IN_MODIFY | IN_ATTRIB) < 0)
        syslog(LOG_NOTICE, "cannot watch %s (%s): new snapshots show after a second", catalog, g_strerror(errno));
}

static int begin_watching(const Repository *repository)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0)
        watch_catalog(fd, repository);
    return fd;
}

static int watch_signals(const int *numbers, size_t count)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < count; i++)
        sigaddset(&signals, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void drain(MountWatch *watch)
{
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (int i = 0; i < WAKES; i++)
        while (watch->wakes[i].revents && read(watch->wakes[i].fd, events, sizeof(events)) > 0)
            ;
}

static void on_wake(int number G_GNUC_UNUSED)
{
}

/* A signal asks for the end. What is pushed may wait for a request to be answered, so it ends first, while all are
 * answered: libfuse drops requests when its loop ends. The loop looks for the end when a signal interrupts it. */
static void end_session(MountWatch *watch)
{
    const struct sigaction wake = {.sa_handler = on_wake};
    PushAhead *push = watch->context->push;
    sigaction(SIGUSR2, &wake, NULL);
    if (push) {
        push_ahead_stop(push);
        while (!push_ahead_has_ended(push) && !atomic_load(&watch->stopping))
            g_usleep(WAKE_AGAIN_US / 10);
    }
    fuse_session_exit(watch->context->session);
    while (!atomic_load(&watch->stopping)) {
        pthread_kill(watch->main_thread, SIGUSR2);
        g_usleep(WAKE_AGAIN_US);
    }
}

static void log_requests(MountWatch *watch)
{
    g_autofree char *counts = request_counts_text(&watch->context->requests);
    syslog(LOG_INFO, "requests: %s", counts);
}

static void apply(MountWatch *watch, GArray *changes)
{
    struct fuse_session *session = watch->context->session;
    for (unsigned i = 0; i < changes->len && !atomic_load(&watch->stopping); i++) {
        const PlaceChange *change = &g_array_index(changes, PlaceChange, i);
        /* What the kernel does not remember needs no taking back: ENOENT is a good answer. */
        if (change->gone)
            fuse_lowlevel_notify_inval_entry(session, change->node, change->gone, strlen(change->gone));
        else
            fuse_lowlevel_notify_inval_inode(session, change->node, 0, 0);
    }
}

/* Another index in the place of this one has a generation of its own. */
static void follow_index(MountWatch *watch)
{
    g_autoptr(GError) error = NULL;
    if (!repository_refresh(watch->context->repository, &error))
        damage_log_node(watch->context->damage, TREE_ROOT, error);
}

static bool has_changed(MountWatch *watch)
{
    uint64_t before = watch->generation;
    follow_index(watch);
    watch->generation = repository_generation(watch->context->repository);
    return watch->generation != before;
}

static void look(MountWatch *watch)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) changes = known_places_update(watch->known, &error);
    if (changes)
        apply(watch, changes);
    else
        damage_log_node(watch->context->damage, TREE_ROOT, error);
}

static void *watch_main(void *user)
{
    MountWatch *watch = user;
    int wait_ms = SOON_MS;
    while (!atomic_load(&watch->stopping)) {
        poll(watch->wakes, WAKES, wait_ms);
        bool asked = watch->wakes[WAKE_SIGNAL].revents != 0;
        bool written = watch->wakes[WAKE_CHANGE].revents != 0;
        bool ends = watch->wakes[WAKE_END].revents != 0;
        drain(watch); /* before acting, so that what comes meanwhile wakes it again */
        if (ends)
            end_session(watch);
        if (asked)
            log_requests(watch);
        if (has_changed(watch) || written) {
            watch_catalog(watch->wakes[WAKE_CHANGE].fd, watch->context->repository);
            wait_ms = SOON_MS;
        }
        if (wait_ms < IDLE_MS)
            look(watch);
        wait_ms = MIN(2 * wait_ms, IDLE_MS);
    }
    return NULL;
}

static void close_watch(MountWatch *watch)
{
    for (int i = 0; i < WAKES; i++)
        if (watch->wakes[i].fd >= 0)
            close(watch->wakes[i].fd);
    known_places_free(watch->known);
    g_free(watch);
}

MountWatch *mount_watch_start(MountContext *context, GError **error)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
    MountWatch *watch = g_new0(MountWatch, 1);
    watch->context = context;
    watch->main_thread = pthread_self();
    watch->known = known_places_new(context->repository, context->tree);
    const int fds[WAKES] = {
        [WAKE_STOP] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        [WAKE_SIGNAL] = watch_signals(&(int){SIGUSR1}, 1),
        [WAKE_END] = watch_signals(ends, G_N_ELEMENTS(ends)),
        [WAKE_CHANGE] = begin_watching(context->repository),
    };
    for (int i = 0; i < WAKES; i++)
        watch->wakes[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    if (fds[WAKE_STOP] < 0)
        mb_error_errno(error, errno, "cannot watch the repository");
    else
        watch->thread = mount_thread_start("watch", watch_main, watch, error);
    if (!watch->thread)
        g_clear_pointer(&watch, close_watch);
    return watch;
}

void mount_watch_stop(MountWatch *watch)
{
    atomic_store(&watch->stopping, true);
    eventfd_write(watch->wakes[WAKE_STOP].fd, 1);
}

void mount_watch_free(MountWatch *watch)
{
    if (!watch)
        return;
    g_thread_join(watch->thread);
    close_watch(watch);
}
