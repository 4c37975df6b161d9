#include "connect_ahead.h"

#include "endpoint.h"

#define FRESH_US (10 * G_USEC_PER_SEC)

/* Shared by the thread and the owner: the last one frees it. */
struct ConnectAhead {
    Endpoint endpoint; /* with strings of its own */
    GCancellable *cancellable;
    GThread *thread; /* NULL once its end was waited for */
    Connection *connection;
    GError *failure;
    int64_t connected_us;
};

static void clear(void *pointer)
{
    ConnectAhead *ahead = pointer;
    connection_close(ahead->connection);
    g_clear_error(&ahead->failure);
    g_clear_object(&ahead->cancellable);
    endpoint_clear(&ahead->endpoint);
}

static void *run(void *user)
{
    ConnectAhead *ahead = user;
    ahead->connection = connection_open(&ahead->endpoint, ahead->cancellable, &ahead->failure);
    ahead->connected_us = g_get_monotonic_time();
    g_atomic_rc_box_release_full(ahead, clear);
    return NULL;
}

ConnectAhead *connect_ahead_begin(const Endpoint *endpoint, GCancellable *cancellable)
{
    ConnectAhead *ahead = g_atomic_rc_box_new0(ConnectAhead);
    endpoint_copy(&ahead->endpoint, endpoint);
    ahead->cancellable = cancellable ? g_object_ref(cancellable) : NULL;
    ahead->thread = g_thread_new("connect", run, g_atomic_rc_box_acquire(ahead));
    return ahead;
}

Connection *connect_ahead_take(ConnectAhead *ahead, GError **error)
{
    g_thread_join(g_steal_pointer(&ahead->thread));
    if (ahead->connection && g_get_monotonic_time() - ahead->connected_us > FRESH_US) {
        g_clear_pointer(&ahead->connection, connection_close);
        return connection_open(&ahead->endpoint, ahead->cancellable, error);
    }
    if (ahead->failure)
        g_propagate_error(error, g_steal_pointer(&ahead->failure));
    return g_steal_pointer(&ahead->connection);
}

void connect_ahead_free(ConnectAhead *ahead)
{
    if (!ahead)
        return;
    if (ahead->thread)
        g_thread_unref(ahead->thread);
    g_atomic_rc_box_release_full(ahead, clear);
}
