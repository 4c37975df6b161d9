#include <errno.h>
#include <fuse_lowlevel.h>
#include <fuse_opt.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "error.h"
#include "listing_ahead.h"
#include "mount.h"
#include "mount_background.h"
#include "mount_channel.h"
#include "mount_confinement.h"
#include "mount_context.h"
#include "mount_operations.h"
#include "mount_options.h"
#include "mount_point.h"
#include "mount_release.h"
#include "mount_watch.h"
#include "service_notify.h"

#define REQUEST_THREADS 4
#define ANSWER_WAIT_MS 5
#define NOT_IN_BACKGROUND (-1)
#define OWN_MAP_BYTES (256 << 10)

/* Mail must not end up in a core file ... */
static void write_no_core(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/* ... nor be read out of the process by another one of the same user. After mounting, for which fusermount3 looks at
 * the process that calls it. */
static void keep_memory_private(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

/* Decompressed frames come and go in every thread. Each in a map of its own, they leave no holes in the heap: 46 MB
 * resident instead of 76 after random reads. */
static void keep_memory_small(void)
{
    mallopt(M_MMAP_THRESHOLD, OWN_MAP_BYTES);
}

static void log_for_libfuse(enum fuse_log_level level, const char *format, va_list arguments) G_GNUC_PRINTF(2, 0);

static void log_for_libfuse(enum fuse_log_level level, const char *format, va_list arguments)
{
    vsyslog((int)level, format, arguments); /* the levels are syslog's */
}

static void open_log(bool debug)
{
    openlog("mailbackupfs", LOG_PID | LOG_PERROR, LOG_DAEMON);
    if (!debug)
        fuse_set_log_func(log_for_libfuse);
}

static void log_notices(const Repository *repository)
{
    for (const char *const *notice = repository_notices(repository); *notice; notice++)
        syslog(LOG_NOTICE, "%s", *notice);
}

static bool context_open(MountContext *context, const MountOptions *options, const MountRelease *release,
                         GError **error)
{
    *context = (MountContext){.owner = options->owner_given ? options->owner : getuid(),
                              .group = options->group_given ? options->group : getgid(),
                              .text = options->tree.text,
                              .pushes = !options->no_push && !options->tree.text,
                              .release = release,
                              .extended_attributes = options->extended_attributes};
    context->repository = repository_open(options->repository_path, error);
    if (!context->repository)
        return false;
    log_notices(context->repository);
    if (options->cache_mb > 0)
        repository_set_cache(context->repository, (size_t)options->cache_mb << 20);
    context->tree = tree_new_shown(context->repository, &options->tree, error);
    if (!context->tree)
        return false;
    const char *scratch = release->scratch ? release->scratch : g_get_tmp_dir();
    context->renderings = renderings_new(context->repository, scratch);
    context->listing_ahead = listing_ahead_new();
    context->damage = damage_log_new(context->repository);
    return true;
}

static void context_close(MountContext *context)
{
    g_clear_pointer(&context->damage, damage_log_free);
    g_clear_pointer(&context->listing_ahead, listing_ahead_free);
    g_clear_pointer(&context->renderings, renderings_free);
    g_clear_pointer(&context->tree, tree_free);
    g_clear_pointer(&context->repository, repository_close);
}

static bool serve(MountContext *context, GError **error)
{
    service_notify_ready();
    struct fuse_loop_config *loop = fuse_loop_cfg_create();
    fuse_loop_cfg_set_clone_fd(loop, 0);
    fuse_loop_cfg_set_max_threads(loop, REQUEST_THREADS);
    int result = fuse_session_loop_mt(context->session, loop);
    fuse_loop_cfg_destroy(loop);
    service_notify_stopping();
    /* A positive result is the signal that ended the loop as it should. */
    return result >= 0 || mb_error_errno(error, -result, "the mount has ended");
}

/* Text is made of messages as they are read; what is stored is not what is shown. */
static bool start_pushing(MountContext *context, GError **error)
{
    if (context->pushes)
        context->push = push_ahead_start(context->repository, context->session, error);
    return !context->pushes || context->push;
}

/* What is being pushed may wait for a page, and the page for a request that came when the loop had ended, or that the
 * loop dropped: libfuse does so with what a thread has read when it is told to end. */
static void stop_pushing(MountContext *context)
{
    push_ahead_stop(context->push);
    while (!push_ahead_has_ended(context->push) && mount_channel_answer_one(context, ANSWER_WAIT_MS))
        ;
}

static bool serve_until_unmounted(MountContext *context, int ready, GError **error)
{
    MountWatch *watch = NULL;
    bool served = mount_channel_attach(context, error) && start_pushing(context, error) &&
                  (watch = mount_watch_start(context, error)) &&
                  (ready == NOT_IN_BACKGROUND || mount_background_ready(ready, error)) && serve(context, error);
    if (watch)
        mount_watch_stop(watch);
    if (context->push)
        stop_pushing(context);
    if (!mount_channel_is_mounted(context))
        mount_release_unmounted(context->release);
    mount_channel_close(context);
    mount_watch_free(watch); /* it looks at what is pushed */
    g_clear_pointer(&context->push, push_ahead_free);
    return served;
}

static bool run_session(MountContext *context, const char *mountpoint, int ready, GError **error)
{
    if (fuse_set_signal_handlers(context->session) != 0)
        return mb_error_set(error, MB_ERROR_SYSTEM, "cannot set up the handling of signals");
    bool served = false;
    if (fuse_session_mount(context->session, mountpoint) != 0) {
        mb_error_set(error, MB_ERROR_SYSTEM, "cannot mount on %s", mountpoint);
    } else {
        mount_release_mounted(context->release);
        keep_memory_private();
        mount_confine(context);
        served = serve_until_unmounted(context, ready, error);
    }
    fuse_remove_signal_handlers(context->session);
    return served;
}

static bool mount_repository(MountContext *context, const MountOptions *options, const char *mountpoint, int ready,
                             GError **error)
{
    struct fuse_args arguments;
    if (!mount_options_build(options, repository_path(context->repository), &arguments, error))
        return false;
    context->session = fuse_session_new(&arguments, &mount_operations, sizeof(mount_operations), context);
    fuse_opt_free_args(&arguments);
    if (!context->session)
        return mb_error_set(error, MB_ERROR_INVALID, "libfuse refuses the mount options");
    bool served = run_session(context, mountpoint, ready, error);
    fuse_session_destroy(context->session);
    return served;
}

static bool run(const MountOptions *options, const char *mountpoint, const MountRelease *release, int ready,
                GError **error)
{
    MountContext context;
    bool served = context_open(&context, options, release, error) &&
                  mount_repository(&context, options, mountpoint, ready, error);
    context_close(&context);
    return served;
}

bool mount_run(const MountOptions *options, GError **error)
{
    int ready = NOT_IN_BACKGROUND;
    MountRelease release;
    open_log(options->debug);
    write_no_core();
    keep_memory_small();
    g_autofree char *mountpoint = mount_point_prepare(options->mountpoint, options->nonempty, error);
    if (!mountpoint)
        return false;
    /* Before the repository is opened, which no fork may follow, and before there are threads. */
    if (!options->foreground && !options->debug && !mount_background_begin(&ready, error))
        return false;
    if (!mount_release_begin(mountpoint, &release, error))
        return false;
    bool served = run(options, mountpoint, &release, ready, error);
    mount_release_finish(&release);
    return served;
}
