/* A TCP connection that is begun before the libraries are there that will use it; with libc and GLib alone. */
#ifndef MB_TCP_ATTEMPT_H
#define MB_TCP_ATTEMPT_H

#include <glib.h>
#include <stdint.h>

/* So long a connection is good on which nobody has said a word: servers hang up on those who say nothing. */
#define TCP_FRESH_US (10 * G_USEC_PER_SEC)

typedef struct TcpAttempt TcpAttempt;

/* Looks the host up and connects to it, on a thread of its own; returns after a millisecond at most. It tries for a
 * short while only: whoever wants the connection then makes it properly. `host` is copied. NULL when there is no room
 * for another thread or file. */
TcpAttempt *tcp_attempt_begin(const char *host, uint16_t port);

/* Readable when the attempt has ended, in whatever way. Borrowed. */
int tcp_attempt_ended_fd(const TcpAttempt *attempt);

/* The connected socket, the caller's from now on. -1 when there is none: it did not come to be so far, leads to another
 * server, was taken before, or is so old that the server may hang up on it, or has. Any thread. */
int tcp_attempt_take(TcpAttempt *attempt, const char *host, uint16_t port);

/* Hangs up what nobody took; does not wait for the thread. NULL is fine. */
void tcp_attempt_free(TcpAttempt *attempt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TcpAttempt, tcp_attempt_free)

#endif
