#include "tcp_attempt.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* All addresses of a host together get so long, as the first of two does where both are raced (RFC 8305, section 8). */
enum { CONNECT_MS = 250 };

/* So long the caller leaves its processor to the thread, which else may wait some milliseconds for one while the caller
 * is busy. It is enough for an address, or a name of /etc/hosts, to be connected to. */
enum { HEAD_START_MS = 1 };

#define US_PER_MS 1000

struct TcpAttempt {
    char *host;
    uint16_t port;
    atomic_int holders;   /* its owner and its thread */
    int ended;            /* an eventfd */
    atomic_int socket;    /* -1: none, or taken */
    int64_t connected_us; /* when it was */
};

static bool is_connected(int fd, int64_t until_us)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int64_t left_ms = (until_us - g_get_monotonic_time()) / US_PER_MS;
    int failure = 0;
    socklen_t length = sizeof failure;
    return poll(&wait, 1, (int)CLAMP(left_ms, 0, CONNECT_MS)) == 1 &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0;
}

static int connect_to(const struct addrinfo *address, int64_t until_us)
{
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0)
        return -1;
    bool begun = connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS;
    if (begun && is_connected(fd, until_us))
        return fd;
    close(fd);
    return -1;
}

static struct addrinfo *look_up(const TcpAttempt *attempt)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
    g_autofree char *host = g_hostname_to_ascii(attempt->host);
    g_autofree char *port = g_strdup_printf("%u", attempt->port);
    struct addrinfo *found = NULL;
    return host && getaddrinfo(host, port, &wanted, &found) == 0 ? found : NULL;
}

static void try(TcpAttempt *attempt)
{
    struct addrinfo *addresses = look_up(attempt);
    int64_t until_us = g_get_monotonic_time() + CONNECT_MS * US_PER_MS;
    int fd = -1;
    for (struct addrinfo *address = addresses; address && fd < 0; address = address->ai_next)
        fd = connect_to(address, until_us);
    if (addresses)
        freeaddrinfo(addresses);
    attempt->connected_us = g_get_monotonic_time();
    atomic_store(&attempt->socket, fd);
}

static void *run(void *data)
{
    TcpAttempt *attempt = data;
    try(attempt);
    eventfd_write(attempt->ended, 1);
    tcp_attempt_free(attempt);
    return NULL;
}

static void leave_processor(const TcpAttempt *attempt)
{
    struct pollfd end = {.fd = attempt->ended, .events = POLLIN};
    poll(&end, 1, HEAD_START_MS);
}

TcpAttempt *tcp_attempt_begin(const char *host, uint16_t port)
{
    int ended = eventfd(0, EFD_CLOEXEC);
    if (ended < 0)
        return NULL;
    TcpAttempt *attempt = g_new(TcpAttempt, 1);
    *attempt = (TcpAttempt){.host = g_strdup(host), .port = port, .holders = 2, .ended = ended, .socket = -1};
    GThread *thread = g_thread_try_new("connect early", run, attempt, NULL);
    if (thread) {
        g_thread_unref(thread);
        leave_processor(attempt);
        return attempt;
    }
    tcp_attempt_free(attempt); /* what the thread would hold */
    tcp_attempt_free(attempt);
    return NULL;
}

int tcp_attempt_ended_fd(const TcpAttempt *attempt)
{
    return attempt->ended;
}

/* A server that has nothing to say yet is one to talk to. */
static bool has_hung_up(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

int tcp_attempt_take(TcpAttempt *attempt, const char *host, uint16_t port)
{
    if (!g_str_equal(attempt->host, host) || attempt->port != port)
        return -1;
    int fd = atomic_exchange(&attempt->socket, -1);
    if (fd < 0 || (g_get_monotonic_time() - attempt->connected_us <= TCP_FRESH_US && !has_hung_up(fd)))
        return fd;
    close(fd);
    return -1;
}

void tcp_attempt_free(TcpAttempt *attempt)
{
    if (!attempt || atomic_fetch_sub(&attempt->holders, 1) > 1)
        return;
    int left = atomic_load(&attempt->socket);
    if (left >= 0)
        close(left);
    close(attempt->ended);
    g_free(attempt->host);
    g_free(attempt);
}
