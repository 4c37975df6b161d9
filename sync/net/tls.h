/* The client side of TLS on a connected, non-blocking socket. Never waits: the caller polls. */
#ifndef MB_TLS_H
#define MB_TLS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "io_status.h"

typedef struct Tls Tls;

/* Before the process's first use of OpenSSL: what it holds is not tidied up one by one when the process ends. */
void tls_leave_all_at_exit(void);

/* `fd` is borrowed and must outlive the result; the endpoint's strings as well. */
Tls *tls_new(int fd, const Endpoint *endpoint, GError **error);
void tls_free(Tls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tls, tls_free)

/* IO_DONE once the peer has proved to be the endpoint's host. */
IoStatus tls_handshake(Tls *tls, GError **error);
/* As connection_channel_binding(). */
size_t tls_channel_binding(const Tls *tls, uint8_t *bytes, size_t size, bool *is_exporter);
IoStatus tls_read(Tls *tls, void *data, size_t size, size_t *got, GError **error);
/* A write that was not IO_DONE must be repeated with the same bytes; more may follow them. */
IoStatus tls_write(Tls *tls, const void *data, size_t length, size_t *sent, GError **error);

#endif
