#include "service_notify.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or with "@" a name in the abstract namespace. */
static socklen_t fill_address(struct sockaddr_un *address, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= sizeof address->sun_path || (*name != '/' && *name != '@'))
        return 0;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, length);
    if (*name == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void notify(const char *state)
{
    const char *name = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {0};
    socklen_t length = name ? fill_address(&address, name) : 0;
    int notification = length > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (notification < 0)
        return;
    sendto(notification, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    close(notification);
}

void service_notify_ready(void)
{
    g_autofree char *state = g_strdup_printf("READY=1\nMAINPID=%d", (int)getpid());
    notify(state);
}

void service_notify_stopping(void)
{
    notify("STOPPING=1");
}
