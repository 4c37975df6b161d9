#include "server_text.h"

#include "text.h"

char *server_text(const MirrorServer *server)
{
    if (server->quota_limit == 0)
        return g_strdup(server->software);
    g_autofree char *used = text_size(server->quota_used);
    g_autofree char *limit = text_size(server->quota_limit);
    return g_strdup_printf("%s%s%s of %s taken", server->software ? server->software : "", server->software ? ", " : "",
                           used, limit);
}
