#include "mount_thread.h"

#include <pthread.h>
#include <signal.h>

GThread *mount_thread_start(const char *name, GThreadFunc run, void *user, GError **error)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GThread *thread = g_thread_try_new(name, run, user, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}
