/* From a host and a port to a TCP connection. */
#ifndef MB_STREAM_H
#define MB_STREAM_H

#include <gio/gio.h>

#include "connection.h"

/* Takes what `attempt` (or NULL) has, if it leads to the endpoint, else connects to the first address of the host that
 * answers. Caller unrefs. MB_ERROR_CONNECT, MB_ERROR_CANCELLED. */
GSocketConnection *stream_open(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable,
                               GError **error);

#endif
