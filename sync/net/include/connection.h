/* One TCP connection to a server: inside verified TLS from the first byte on, or in clear until connection_start_tls()
 * was called, and compressed when connection_start_compression() was called.
 *
 * Every wait has a deadline, and so has a server that sends next to nothing; each ends when the cancellable is
 * triggered (MB_ERROR_CANCELLED). A Connection belongs to one thread. SIGPIPE is never raised. After a failure it is of
 * no more use: every further exchange fails at once. */
#ifndef MB_CONNECTION_H
#define MB_CONNECTION_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_attempt.h"

typedef struct Connection Connection;

typedef struct {
    const char *host; /* a name or an address, IPv4 or IPv6 */
    uint16_t port;
    bool implicit_tls;   /* connection_open() starts TLS; else connection_start_tls() may */
    const char *ca_file; /* certificates to trust instead of the system's; or NULL */
    const char *pins;    /* "sha256//BASE64,..." of public keys, one of which must be the server's; or NULL */
    const char *client_certificate; /* PEM, shown to the server; or NULL */
    const char *client_key;         /* PEM, must be readable by its owner alone; NULL: in client_certificate */
    unsigned connect_timeout_ms;    /* for each address tried, and once more for the TLS handshake */
    unsigned idle_timeout_ms;       /* the longest wait in which no byte moves; five of them for 16 KiB */
} Endpoint;

/* Connects to the first address of the host that answers, unless `attempt` (borrowed, or NULL) is connected to it.
 * `endpoint` is copied. MB_ERROR_CONNECT when none does; with implicit TLS also what connection_start_tls() may say. */
Connection *connection_open(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable, GError **error);

/* Closes at once, sending close_notify if that needs no waiting. NULL is fine. */
void connection_close(Connection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Connection, connection_close)

/* True when the peer is this machine: nobody listens on the way, and the line is as fast as memory. */
bool connection_is_loopback(const Connection *connection);

/* The TLS handshake: version 1.2 or later, certificate chain, host name and pins verified. MB_ERROR_CERTIFICATE when
 * the peer does not prove to be the host; MB_ERROR_CONNECT when it speaks no TLS; MB_ERROR_INSECURE when others can
 * read the client's key. */
bool connection_start_tls(Connection *connection, GError **error);

/* What only the two ends of this TLS connection know (RFC 5056): tls-exporter (RFC 9266) with TLS 1.3, else tls-unique
 * (RFC 5929), and that only where the handshake is safe for it (RFC 7627). Returns its length, 0 when there is none;
 * at most `size` bytes. */
size_t connection_channel_binding(const Connection *connection, uint8_t *bytes, size_t size, bool *is_exporter);

/* Everything from now on is compressed with DEFLATE, in both directions, inside TLS (RFC 4978). `early`: what was
 * received behind the answer that turned it on, compressed already; at most 64 KiB. */
void connection_start_compression(Connection *connection, const void *early, size_t early_length);

/* How long a packet takes there and back at best, as the system has measured it; 0 when it has not. */
uint64_t connection_round_trip_us(const Connection *connection);

/* What is to be sent and where to put what arrives. `sent` and `received` tell how much was moved. */
typedef struct {
    const void *send;
    size_t send_length;
    size_t sent;
    void *receive;
    size_t receive_size;
    size_t received;
} Exchange;

/* Sends and receives whatever is possible and returns as soon as a byte moved in either direction, so that two peers
 * that both have much to say never wait for each other. What was not sent must be offered again by the next call,
 * unchanged; more may follow it. MB_ERROR_AGAIN when the peer closed or cut the connection, or let the deadline pass.
 */
bool connection_exchange(Connection *connection, Exchange *exchange, GError **error);

/* True when bytes already wait to be received. Used before a handshake: a peer that spoke too early is not trusted. */
bool connection_has_input(const Connection *connection);

#endif
