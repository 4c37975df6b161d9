#include "silent_server.h"

#include <glib.h>
#include <sys/socket.h>

static gint visit;

static void listen_to_the_end(int fd, SSL *ssl G_GNUC_UNUSED)
{
    char bytes[4096];
    g_atomic_int_set(&visit, VISIT_CAME);
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        g_atomic_int_set(&visit, VISIT_SPOKE);
    g_atomic_int_set(&visit, VISIT_LEFT);
}

LoopbackServer *silent_server_start(void)
{
    g_atomic_int_set(&visit, VISIT_NONE);
    return loopback_server_start(&(ServerScript){.serve = listen_to_the_end});
}

Visit silent_server_visit(void)
{
    return (Visit)g_atomic_int_get(&visit);
}

void silent_server_wait(Visit stage)
{
    while (silent_server_visit() < stage)
        g_usleep(1000);
}
