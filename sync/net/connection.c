#include "connection.h"

#include <errno.h>
#include <linux/tcp.h> /* has tcpi_min_rtt; netinet/tcp.h does not */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "compression.h"
#include "endpoint.h"
#include "error.h"
#include "io_status.h"
#include "stream.h"
#include "tls.h"

/* A server that says a byte now and then is as good as one that is silent: so much has to come while it is waited for,
 * in the time of some silences. Keyboards are faster. */
enum { LEAST_BYTES = 16 << 10, LEAST_TIMEOUTS = 5 };

/* So long a stream of bytes may gather before it is read on. Over loopback, woken for each piece that the server
 * writes, both sides took 7 % more processor time in a first sync. */
enum { GATHER_US = 1000 };

struct Connection {
    Endpoint endpoint; /* with strings of its own */
    GSocketConnection *stream;
    int fd; /* the stream's */
    Tls *tls;
    Compression *compression;
    bool failed;               /* nothing goes through it any more */
    int64_t waited_us;         /* for it, since LEAST_BYTES came */
    size_t came;               /* bytes in that time */
    bool streaming;            /* LEAST_BYTES came since it was last waited for */
    GCancellable *cancellable; /* or NULL */
    int cancel_fd;             /* readable when cancelled; -1 without a cancellable */
};

/* Takes over the stream. */
static Connection *connection_over(GSocketConnection *stream, const Endpoint *endpoint, GCancellable *cancellable)
{
    Connection *connection = g_new0(Connection, 1);
    endpoint_copy(&connection->endpoint, endpoint);
    connection->stream = stream;
    connection->fd = g_socket_get_fd(g_socket_connection_get_socket(stream)); /* GIO keeps it non-blocking */
    connection->cancellable = cancellable ? g_object_ref(cancellable) : NULL;
    connection->cancel_fd = g_cancellable_get_fd(cancellable);
    return connection;
}

Connection *connection_open(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable, GError **error)
{
    GSocketConnection *stream = stream_open(endpoint, attempt, cancellable, error);
    if (!stream)
        return NULL;
    g_autoptr(Connection) connection = connection_over(stream, endpoint, cancellable);
    if (endpoint->implicit_tls && !connection_start_tls(connection, error))
        return NULL;
    return g_steal_pointer(&connection);
}

void connection_close(Connection *connection)
{
    if (!connection)
        return;
    compression_free(connection->compression);
    tls_free(connection->tls);
    if (connection->cancel_fd >= 0)
        g_cancellable_release_fd(connection->cancellable);
    g_clear_object(&connection->cancellable);
    g_object_unref(connection->stream);
    endpoint_clear(&connection->endpoint);
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

static bool set_slow_error(const Connection *connection, int64_t limit_ms, GError **error)
{
    return mb_error_set(error, MB_ERROR_AGAIN,
                        "%s:%u: the server says next to nothing, %zu bytes in %" G_GINT64_FORMAT " s; try again later",
                        connection->endpoint.host, connection->endpoint.port, connection->came, limit_ms / 1000);
}

/* Waits until the socket is ready for one of `events`. */
static bool poll_ready(const Connection *connection, short events, unsigned timeout_ms, GError **error)
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

/* The same; fails as well when `limit_ms` were waited in all. */
static bool wait_ready(Connection *connection, short events, unsigned timeout_ms, int64_t limit_ms, GError **error)
{
    if (connection->waited_us > limit_ms * 1000)
        return set_slow_error(connection, limit_ms, error);
    int64_t start_us = g_get_monotonic_time();
    bool ready = poll_ready(connection, events, timeout_ms, error);
    connection->waited_us += g_get_monotonic_time() - start_us;
    return ready;
}

/* Whether there was a stream to let gather; what did not go on is waited for the next time. */
static bool gather(Connection *connection, short events)
{
    bool streaming = connection->streaming && events == POLLIN;
    connection->streaming = false;
    if (streaming)
        g_usleep(GATHER_US);
    return streaming;
}

static void note_received(Connection *connection, size_t received)
{
    connection->came += received;
    if (connection->came < LEAST_BYTES)
        return;
    connection->came = 0;
    connection->waited_us = 0;
    connection->streaming = true;
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
    unsigned timeout_ms = connection->endpoint.connect_timeout_ms;
    connection->waited_us = 0;
    for (;;) {
        IoStatus status = tls_handshake(connection->tls, error);
        if (status == IO_DONE)
            return true;
        if (status == IO_FAILED)
            return false;
        if (status == IO_CLOSED || status == IO_CUT)
            return mb_error_set(error, MB_ERROR_CONNECT, "%s:%u closed the connection before TLS was agreed on",
                                connection->endpoint.host, connection->endpoint.port);
        if (!wait_ready(connection, events_of(status), timeout_ms, timeout_ms, error))
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

static IoStatus raw_send(Connection *connection, const void *data, size_t length, size_t *sent, GError **error)
{
    if (connection->tls)
        return tls_write(connection->tls, data, length, sent, error);
    ssize_t moved = send(connection->fd, data, length, MSG_NOSIGNAL);
    return plain_status(connection, moved, IO_WANT_WRITE, sent, error);
}

static IoStatus raw_receive(Connection *connection, void *data, size_t size, size_t *received, GError **error)
{
    if (connection->tls)
        return tls_read(connection->tls, data, size, received, error);
    ssize_t moved = recv(connection->fd, data, size, 0);
    if (moved == 0)
        return IO_CLOSED;
    return plain_status(connection, moved, IO_WANT_READ, received, error);
}

/* IO_DONE when all that was taken in has gone out. */
static IoStatus send_compressed(Connection *connection, Exchange *exchange, GError **error)
{
    Compression *compression = connection->compression;
    exchange->sent = compression_put(compression, exchange->send, exchange->send_length);
    for (;;) {
        size_t length, sent = 0;
        const uint8_t *output = compression_output(compression, &length);
        if (length == 0)
            return IO_DONE;
        IoStatus status = raw_send(connection, output, length, &sent, error);
        if (status != IO_DONE)
            return status;
        compression_sent(compression, sent);
    }
}

static IoStatus receive_compressed(Connection *connection, Exchange *exchange, GError **error)
{
    Compression *compression = connection->compression;
    for (;;) {
        size_t size, received = 0;
        if (!compression_get(compression, exchange->receive, exchange->receive_size, &exchange->received, error))
            return IO_FAILED;
        if (exchange->received > 0)
            return IO_DONE;
        uint8_t *input = compression_input(compression, &size);
        IoStatus status = raw_receive(connection, input, size, &received, error);
        if (status != IO_DONE)
            return status;
        compression_received(compression, received);
    }
}

static IoStatus try_send(Connection *connection, Exchange *exchange, GError **error)
{
    if (connection->compression)
        return send_compressed(connection, exchange, error);
    return raw_send(connection, exchange->send, exchange->send_length, &exchange->sent, error);
}

static IoStatus try_receive(Connection *connection, Exchange *exchange, GError **error)
{
    if (connection->compression)
        return receive_compressed(connection, exchange, error);
    return raw_receive(connection, exchange->receive, exchange->receive_size, &exchange->received, error);
}

static bool has_to_send(const Connection *connection, const Exchange *exchange)
{
    size_t compressed = 0;
    if (connection->compression)
        compression_output(connection->compression, &compressed);
    return exchange->send_length > 0 || compressed > 0;
}

static bool move_some(Connection *connection, Exchange *exchange, GError **error)
{
    unsigned timeout_ms = connection->endpoint.idle_timeout_ms;
    for (;;) {
        IoStatus receiving = try_receive(connection, exchange, error);
        if (receiving == IO_FAILED)
            return false;
        IoStatus sending = IO_CLOSED;
        if (has_to_send(connection, exchange) && (sending = try_send(connection, exchange, error)) == IO_FAILED)
            return false;
        if (exchange->sent > 0 || exchange->received > 0)
            return true;
        if (receiving == IO_CLOSED || receiving == IO_CUT)
            return set_end_error(connection, receiving, error);
        short events = (short)(events_of(receiving) | events_of(sending));
        if (!gather(connection, events) &&
            !wait_ready(connection, events, timeout_ms, LEAST_TIMEOUTS * (int64_t)timeout_ms, error))
            return false;
    }
}

void connection_start_compression(Connection *connection, const void *early, size_t early_length)
{
    g_return_if_fail(!connection->compression);
    connection->compression = compression_new();
    size_t size;
    uint8_t *input = compression_input(connection->compression, &size);
    g_return_if_fail(early_length <= size);
    if (early_length > 0)
        memcpy(input, early, early_length);
    compression_received(connection->compression, early_length);
}

uint64_t connection_round_trip_us(const Connection *connection)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    return getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_min_rtt : 0;
}

bool connection_exchange(Connection *connection, Exchange *exchange, GError **error)
{
    exchange->sent = exchange->received = 0;
    if (connection->failed)
        return mb_error_set(error, MB_ERROR_AGAIN, "%s:%u: the connection is lost", connection->endpoint.host,
                            connection->endpoint.port);
    connection->failed = !move_some(connection, exchange, error);
    note_received(connection, exchange->received);
    return !connection->failed;
}

bool connection_has_input(const Connection *connection)
{
    int waiting = 0;
    return ioctl(connection->fd, FIONREAD, &waiting) == 0 && waiting > 0;
}
