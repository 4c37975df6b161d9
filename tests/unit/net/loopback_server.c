#include "loopback_server.h"

#include <arpa/inet.h>
#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

struct LoopbackServer {
    ServerScript script;
    int listener;
    uint16_t port;
    GThread *thread;
};

static SSL *accept_tls(SSL_CTX *context, const ServerScript *script, int fd)
{
    SSL_CTX_use_certificate(context, script->identity->certificate);
    SSL_CTX_use_PrivateKey(context, script->identity->key);
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    if (script->highest_tls_version) {
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, script->highest_tls_version);
    }
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

static void serve_one(const ServerScript *script, int fd)
{
    if (!script->identity) {
        script->serve(fd, NULL);
        return;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL *ssl = accept_tls(context, script, fd);
    if (ssl)
        script->serve(fd, ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
}

static void *run(void *user)
{
    LoopbackServer *server = user;
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0)
        return NULL; /* stopped before anybody came */
    serve_one(&server->script, fd);
    close(fd);
    return NULL;
}

LoopbackServer *loopback_server_start(const ServerScript *script)
{
    LoopbackServer *server = g_new0(LoopbackServer, 1);
    server->script = *script;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, length), ==, 0);
    g_assert_cmpint(listen(server->listener, 1), ==, 0);
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    server->port = ntohs(address.sin_port);
    server->thread = g_thread_new("server", run, server);
    return server;
}

uint16_t loopback_server_port(const LoopbackServer *server)
{
    return server->port;
}

void loopback_server_stop(LoopbackServer *server)
{
    shutdown(server->listener, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->listener);
    g_free(server);
}
