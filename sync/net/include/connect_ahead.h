/* Connects on a thread of its own, while its owner does something else. */
#ifndef MB_CONNECT_AHEAD_H
#define MB_CONNECT_AHEAD_H

#include "connection.h"

typedef struct ConnectAhead ConnectAhead;

/* As connection_open(). `endpoint` is copied; `attempt` stays until connect_ahead_free(). */
ConnectAhead *connect_ahead_begin(const Endpoint *endpoint, TcpAttempt *attempt, GCancellable *cancellable);

/* What connection_open() gives; waits for it. Once. A connection that nobody took for a while is made anew: servers
 * hang up on those who say nothing. */
Connection *connect_ahead_take(ConnectAhead *ahead, GError **error);

/* What nobody took is given up, at once. NULL is fine. */
void connect_ahead_free(ConnectAhead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnectAhead, connect_ahead_free)

#endif
