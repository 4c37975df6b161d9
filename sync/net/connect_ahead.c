#include "connect_ahead.h"

#include "endpoint.h"
#include "tls.h"

struct ConnectAhead {
    Endpoint endpoint;         /* with strings of its own */
    TcpAttempt *attempt;       /* borrowed; or NULL */
    GCancellable *cancellable; /* of the connection: cancelled with the owner's, and when nobody wants it any more */
    GThread *thread;           /* NULL once its end was waited for */
    Connection *connection;
    GError *failure;
    int64_t connected_us;
};

static void *run(void *user)
{
    ConnectAhead *ahead = user;
    ahead->connection = connection_open(&ahead->endpoint, ahead->attempt, ahead->cancellable, &ahead->failure);
    ahead->connected_us = g_get_monotonic_time();
    return NULL;
}

static void cancel_too(GCancellable *owner G_GNUC_UNUSED, void *own)
{
    g_cancellable_cancel(own);
}

ConnectAhead *connect_ahead_begin(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable)
{
    tls_leave_all_at_exit();
    ConnectAhead *ahead = g_new0(ConnectAhead, 1);
    endpoint_copy(&ahead->endpoint, endpoint);
    ahead->attempt = attempt;
    ahead->cancellable = g_cancellable_new();
    if (cancellable)
        g_cancellable_connect(cancellable, G_CALLBACK(cancel_too), g_object_ref(ahead->cancellable), g_object_unref);
    ahead->thread = g_thread_new("connect", run, ahead);
    return ahead;
}

Connection *connect_ahead_take(ConnectAhead *ahead, GError **error)
{
    g_thread_join(g_steal_pointer(&ahead->thread));
    if (ahead->connection && g_get_monotonic_time() - ahead->connected_us > TCP_FRESH_US) {
        g_clear_pointer(&ahead->connection, connection_close);
        return connection_open(&ahead->endpoint, NULL, ahead->cancellable, error);
    }
    if (ahead->failure)
        g_propagate_error(error, g_steal_pointer(&ahead->failure));
    return g_steal_pointer(&ahead->connection);
}

/* The thread uses what its owner frees next. */
static void stop(ConnectAhead *ahead)
{
    g_cancellable_cancel(ahead->cancellable);
    g_thread_join(ahead->thread);
}

void connect_ahead_free(ConnectAhead *ahead)
{
    if (!ahead)
        return;
    if (ahead->thread)
        stop(ahead);
    connection_close(ahead->connection);
    g_clear_error(&ahead->failure);
    g_object_unref(ahead->cancellable);
    endpoint_clear(&ahead->endpoint);
    g_free(ahead);
}
