/* A server on loopback that takes one connection, in a thread of its own, and does with it what a test says. */
#ifndef MB_TEST_LOOPBACK_SERVER_H
#define MB_TEST_LOOPBACK_SERVER_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "throwaway_certificate.h"

typedef struct LoopbackServer LoopbackServer;

typedef struct {
    const Identity *identity; /* NULL: no TLS */
    int highest_tls_version;  /* 0: the newest */
    /* `ssl` is NULL without TLS. Called after the handshake, if that succeeded. */
    void (*serve)(int fd, SSL *ssl);
} ServerScript;

LoopbackServer *loopback_server_start(const ServerScript *script);
uint16_t loopback_server_port(const LoopbackServer *server);
/* Waits for the thread. */
void loopback_server_stop(LoopbackServer *server);

#endif
