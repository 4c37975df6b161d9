#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "error.h"

/* So long an attempt is waited for that was begun early. */
enum { ATTEMPT_MS = 1000 };

static void set_connect_error(GError **error, const Endpoint *endpoint, const GError *cause)
{
    const char *host = endpoint->host;
    unsigned port = endpoint->port;
    if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        mb_error_set(error, MB_ERROR_CANCELLED, "stopped");
    else if (g_error_matches(cause, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
        mb_error_set(error, MB_ERROR_CONNECT, "unknown host %s; check the name (--host)", host);
    else if (cause->domain == G_RESOLVER_ERROR)
        mb_error_set(error, MB_ERROR_CONNECT, "cannot look up host %s; is the network up? (%s)", host, cause->message);
    else if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
        mb_error_set(error, MB_ERROR_CONNECT,
                     "%s:%u: connection refused; check host and port, and that the server runs", host, port);
    else if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        mb_error_set(error, MB_ERROR_CONNECT, "%s:%u: no answer in %u s; check host and port, and the network", host,
                     port, endpoint->connect_timeout_ms / 1000);
    else
        mb_error_set(error, MB_ERROR_CONNECT, "%s:%u: cannot connect: %s", host, port, cause->message);
}

static GSocketConnection *connect_now(const Endpoint *endpoint, GCancellable *cancellable, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, MAX(endpoint->connect_timeout_ms / 1000, 1));
    g_autoptr(GSocketConnectable) address = g_network_address_new(endpoint->host, endpoint->port);
    g_autoptr(GError) cause = NULL;
    GSocketConnection *stream = g_socket_client_connect(client, address, cancellable, &cause);
    if (!stream)
        set_connect_error(error, endpoint, cause);
    return stream;
}

static void wait_for_end(const TcpAttempt *attempt, GCancellable *cancellable)
{
    struct pollfd fds[] = {{.fd = tcp_attempt_ended_fd(attempt), .events = POLLIN},
                           {.fd = g_cancellable_get_fd(cancellable), .events = POLLIN}};
    poll(fds, G_N_ELEMENTS(fds), ATTEMPT_MS);
    if (fds[1].fd >= 0)
        g_cancellable_release_fd(cancellable);
}

/* NULL when the attempt led to nothing: then one connects as if there had been none. */
static GSocketConnection *stream_of(TcpAttempt *attempt, const Endpoint *endpoint, GCancellable *cancellable)
{
    wait_for_end(attempt, cancellable);
    int fd = tcp_attempt_take(attempt, endpoint->host, endpoint->port);
    if (fd < 0)
        return NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);
    if (socket)
        return g_socket_connection_factory_create_connection(socket);
    close(fd);
    return NULL;
}

GSocketConnection *stream_open(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable, GError **error)
{
    GSocketConnection *stream = attempt ? stream_of(attempt, endpoint, cancellable) : NULL;
    if (!stream)
        stream = connect_now(endpoint, cancellable, error);
    if (!stream)
        return NULL;
    GSocket *socket = g_socket_connection_get_socket(stream);
    g_socket_set_keepalive(socket, TRUE);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL); /* without it merely slower */
    return stream;
}
