#include "mirror_server.h"

#include "mb_limits.h"
#include "text.h"

enum { BYTES_PER_KIB = 1024 };

void mirror_server_clear(MirrorServer *server)
{
    g_clear_pointer(&server->software, g_free);
}

static char *shown(ImapData text)
{
    return text_escape((const char *)text.bytes, MIN(text.length, LIMIT_SERVER_TEXT_BYTES));
}

void mirror_server_note_id(MirrorServer *server, const ImapId *id)
{
    g_autofree char *name = shown(id->name);
    g_autofree char *version = shown(id->version);
    mirror_server_clear(server);
    if (id->name.length > 0)
        server->software = g_strjoin(*version ? " " : "", name, version, NULL);
}

static uint64_t room_left(uint64_t used, uint64_t limit)
{
    return limit - MIN(used, limit);
}

void mirror_server_note_quota(MirrorServer *server, const ImapQuota *quota)
{
    uint64_t most = UINT64_MAX / BYTES_PER_KIB;
    if (!quota->has_storage || quota->limit_kib == 0 || quota->limit_kib > most || quota->used_kib > most)
        return;
    uint64_t used = quota->used_kib * BYTES_PER_KIB;
    uint64_t limit = quota->limit_kib * BYTES_PER_KIB;
    if (server->quota_limit > 0 && room_left(used, limit) >= room_left(server->quota_used, server->quota_limit))
        return;
    server->quota_used = used;
    server->quota_limit = limit;
}
