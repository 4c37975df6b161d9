#include "interrupt.h"

#include <glib-unix.h>
#include <signal.h>

struct Interrupt {
    GCancellable *cancellable;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;
};

static gboolean on_signal(void *user)
{
    Interrupt *interrupt = user;
    g_cancellable_cancel(interrupt->cancellable);
    return G_SOURCE_REMOVE; /* gives the signal its default action back, for a second one */
}

static void watch(Interrupt *interrupt, int signal_number)
{
    g_autoptr(GSource) source = g_unix_signal_source_new(signal_number);
    g_source_set_callback(source, on_signal, interrupt, NULL);
    g_source_attach(source, interrupt->context);
}

static void *run(void *user)
{
    Interrupt *interrupt = user;
    g_main_loop_run(interrupt->loop);
    return NULL;
}

Interrupt *interrupt_new(void)
{
    Interrupt *interrupt = g_new0(Interrupt, 1);
    interrupt->cancellable = g_cancellable_new();
    interrupt->context = g_main_context_new();
    interrupt->loop = g_main_loop_new(interrupt->context, FALSE);
    watch(interrupt, SIGINT);
    watch(interrupt, SIGTERM);
    interrupt->thread = g_thread_new("signals", run, interrupt);
    return interrupt;
}

static gboolean on_stop(void *user)
{
    g_main_loop_quit(user);
    return G_SOURCE_REMOVE;
}

void interrupt_free(Interrupt *interrupt)
{
    if (!interrupt)
        return;
    /* Quits from inside the loop, so that a loop that has not begun yet ends as well. */
    g_autoptr(GSource) stop = g_idle_source_new();
    g_source_set_callback(stop, on_stop, interrupt->loop, NULL);
    g_source_attach(stop, interrupt->context);
    g_thread_join(interrupt->thread);
    g_main_loop_unref(interrupt->loop);
    g_main_context_unref(interrupt->context);
    g_object_unref(interrupt->cancellable);
    g_free(interrupt);
}

GCancellable *interrupt_cancellable(Interrupt *interrupt)
{
    return interrupt->cancellable;
}
