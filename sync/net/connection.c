#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "error.h"
#include "io_status.h"
#include "tls.h"

struct Connection {
    Endpoint endpoint; /* with strings of its own */
    GSocketConnection *stream;
    int fd; /* the stream's */
    Tls *tls;
    bool failed;               /* nothing goes through it any more */
    GCancellable *cancellable; /* or NULL */
    int cancel_fd;             /* readable when cancelled; -1 without a cancellable */
};

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

static GSocketConnection *connect_stream(const Endpoint *endpoint, GCancellable *cancellable, GError **error)
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

static void copy_endpoint(Endpoint *to, const Endpoint *from)
{
    *to = *from;
    to->host = g_strdup(from->host);
    to->ca_file = g_strdup(from->ca_file);
    to->pins = g_strdup(from->pins);
    to->client_certificate = g_strdup(from->client_certificate);
    to->client_key = g_strdup(from->client_key);
}

static void free_endpoint(Endpoint *endpoint)
{
    g_free((char *)endpoint->host);
    g_free((char *)endpoint->ca_file);
    g_free((char *)endpoint->pins);
    g_free((char *)endpoint->client_certificate);
    g_free((char *)endpoint->client_key);
}

Connection *connection_open(const Endpoint *endpoint, GCancellable *cancellable, GError **error)
{
    GSocketConnection *stream = connect_stream(endpoint, cancellable, error);
    if (!stream)
        return NULL;
    GSocket *socket = g_socket_connection_get_socket(stream);
    g_socket_set_keepalive(socket, TRUE);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL); /* without it merely slower */
    Connection *connection = g_new0(Connection, 1);
    copy_endpoint(&connection->endpoint, endpoint);
    connection->stream = stream;
    connection->fd = g_socket_get_fd(socket); /* GIO keeps it non-blocking */
    connection->cancellable = cancellable ? g_object_ref(cancellable) : NULL;
    connection->cancel_fd = g_cancellable_get_fd(cancellable);
    return connection;
}

void connection_close(Connection *connection)
{
    if (!connection)
        return;
    tls_free(connection->tls);
    if (connection->cancel_fd >= 0)
        g_cancellable_release_fd(connection->cancellable);
    g_clear_object(&connection->cancellable);
    g_object_unref(connection->stream);
    free_endpoint(&connection->endpoint);
    g_free(connection);
}

bool connection_is_loopback(const Connection *connection)
{
    g_autoptr(GSocketAddress) address = g_socket_connection_get_remote_address(connection->stream, NULL);
    return G_IS_INET_SOCKET_ADDRESS(address) &&
           g_inet_address_get_is_loopback(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}

static bool set_deadline_error(const Connection *connection, unsigned timeout_ms, GError **error)
{
    return mb_error_set(error, MB_ERROR_AGAIN, "%s:%u: the server was silent for %u s; try again later",
                        connection->endpoint.host, connection->endpoint.port, (timeout_ms + 999) / 1000);
}

/* Waits until the socket is ready for one of `events`. */
static bool wait_ready(const Connection *connection, short events, unsigned timeout_ms, GError **error)
{
    struct pollfd fds[] = {{.fd = connection->fd, .events = events}, {.fd = connection->cancel_fd, .events = POLLIN}};
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    for (;;) {
        int64_t left_ms = (deadline_us - g_get_monotonic_time() + 999) / 1000;
        int ready = poll(fds, G_N_ELEMENTS(fds), (int)CLAMP(left_ms, 0, G_MAXINT));
        if (ready < 0 && errno != EINTR)
            return mb_error_errno(error, errno, "cannot wait for %s", connection->endpoint.host);
        if (g_cancellable_is_cancelled(connection->cancellable))
            return mb_error_set(error, MB_ERROR_CANCELLED, "stopped");
        if (ready > 0)
            return true;
        if (ready == 0)
            return set_deadline_error(connection, timeout_ms, error);
    }
}

static short events_of(IoStatus status)
{
    return (short)(status == IO_WANT_READ ? POLLIN : status == IO_WANT_WRITE ? POLLOUT : 0);
}

static bool set_end_error(const Connection *connection, IoStatus status, GError **error)
{
    return mb_error_set(error, MB_ERROR_AGAIN,
                        status == IO_CUT ? "%s:%u: the connection was cut; try again later"
                                         : "%s:%u: the server closed the connection; try again later",
                        connection->endpoint.host, connection->endpoint.port);
}

static bool handshake(Connection *connection, GError **error)
{
    for (;;) {
        IoStatus status = tls_handshake(connection->tls, error);
        if (status == IO_DONE)
            return true;
        if (status == IO_FAILED)
            return false;
        if (status == IO_CLOSED || status == IO_CUT)
            return mb_error_set(error, MB_ERROR_CONNECT, "%s:%u closed the connection before TLS was agreed on",
                                connection->endpoint.host, connection->endpoint.port);
        if (!wait_ready(connection, events_of(status), connection->endpoint.connect_timeout_ms, error))
            return false;
    }
}

bool connection_start_tls(Connection *connection, GError **error)
{
    g_return_val_if_fail(!connection->tls, false);
    connection->tls = tls_new(connection->fd, &connection->endpoint, error);
    connection->failed = !connection->tls || !handshake(connection, error);
    return !connection->failed;
}

size_t connection_channel_binding(const Connection *connection, uint8_t *bytes, size_t size, bool *is_exporter)
{
    return connection->tls ? tls_channel_binding(connection->tls, bytes, size, is_exporter) : 0;
}

/* recv() and send() in the terms of IoStatus. */
static IoStatus plain_status(const Connection *connection, ssize_t moved, IoStatus want, size_t *count, GError **error)
{
    if (moved >= 0) {
        *count = (size_t)moved;
        return IO_DONE;
    }
    if (errno == EAGAIN || errno == EINTR)
        return want;
    mb_error_set(error, MB_ERROR_AGAIN, "%s:%u: connection lost: %s", connection->endpoint.host,
                 connection->endpoint.port, g_strerror(errno));
    return IO_FAILED;
}

static IoStatus try_send(Connection *connection, Exchange *exchange, GError **error)
{
    if (connection->tls)
        return tls_write(connection->tls, exchange->send, exchange->send_length, &exchange->sent, error);
    ssize_t moved = send(connection->fd, exchange->send, exchange->send_length, MSG_NOSIGNAL);
    return plain_status(connection, moved, IO_WANT_WRITE, &exchange->sent, error);
}

static IoStatus try_receive(Connection *connection, Exchange *exchange, GError **error)
{
    if (connection->tls)
        return tls_read(connection->tls, exchange->receive, exchange->receive_size, &exchange->received, error);
    ssize_t moved = recv(connection->fd, exchange->receive, exchange->receive_size, 0);
    if (moved == 0)
        return IO_CLOSED;
    return plain_status(connection, moved, IO_WANT_READ, &exchange->received, error);
}

static bool move_some(Connection *connection, Exchange *exchange, GError **error)
{
    for (;;) {
        IoStatus receiving = try_receive(connection, exchange, error);
        if (receiving == IO_FAILED)
            return false;
        IoStatus sending = IO_CLOSED;
        if (exchange->send_length > 0 && (sending = try_send(connection, exchange, error)) == IO_FAILED)
            return false;
        if (exchange->sent > 0 || exchange->received > 0)
            return true;
        if (receiving == IO_CLOSED || receiving == IO_CUT)
            return set_end_error(connection, receiving, error);
        short events = (short)(events_of(receiving) | events_of(sending));
        if (!wait_ready(connection, events, connection->endpoint.idle_timeout_ms, error))
            return false;
    }
}

bool connection_exchange(Connection *connection, Exchange *exchange, GError **error)
{
    exchange->sent = exchange->received = 0;
    if (connection->failed)
        return mb_error_set(error, MB_ERROR_AGAIN, "%s:%u: the connection is lost", connection->endpoint.host,
                            connection->endpoint.port);
    connection->failed = !move_some(connection, exchange, error);
    return !connection->failed;
}

bool connection_has_input(const Connection *connection)
{
    int waiting = 0;
    return ioctl(connection->fd, FIONREAD, &waiting) == 0 && waiting > 0;
}
