#include "map_guard.h"

#include <glib.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static _Thread_local sigjmp_buf *way_out; /* of the guarded call this thread is in */
static _Thread_local bool is_prepared;
static struct sigaction previous_bus, previous_segv;

void map_guard_break_off(void)
{
    if (way_out)
        siglongjmp(*way_out, 1);
}

/* A fault outside of guarded calls is none of ours: whoever was asked before is asked again, by the same fault. */
static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    map_guard_break_off();
    sigaction(signal_number, signal_number == SIGBUS ? &previous_bus : &previous_segv, NULL);
}

/* Signals are not blocked while they are handled, so that leaving the handler needs no system call to undo that. */
static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous_bus);
    sigaction(SIGSEGV, &action, &previous_segv);
}

/* A thread that blocks all signals would be killed by these two, since they cannot wait. */
static void prepare_thread(void)
{
    static gsize installed;
    if (g_once_init_enter(&installed)) {
        install();
        g_once_init_leave(&installed, 1);
    }
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGBUS);
    sigaddset(&faults, SIGSEGV);
    pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
    is_prepared = true;
}

int map_guard_call(int (*read)(void *user), void *user)
{
    if (!is_prepared)
        prepare_thread();
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        way_out = NULL;
        return MAP_GUARD_FAULT;
    }
    way_out = &here;
    int result = read(user);
    way_out = NULL;
    return result;
}
