#include "mirror_origin.h"

#include <string.h>

uint32_t mirror_origin_item(const ImapClient *client)
{
    if (imap_client_has_capability(client, "X-GM-EXT-1"))
        return IMAP_ITEM_GM_MSGID;
    return imap_client_has_capability(client, "OBJECTID") ? IMAP_ITEM_EMAILID : 0;
}

bool mirror_origin_id(uint32_t item, ImapData value, OriginId *origin)
{
    if (item == 0 || value.length == 0)
        return false;
    const char *kind = item == IMAP_ITEM_GM_MSGID ? "X-GM-MSGID " : "EMAILID ";
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t digest[32];
    gsize length = sizeof digest;
    g_checksum_update(checksum, (const guchar *)kind, -1);
    g_checksum_update(checksum, value.bytes, (gssize)value.length);
    g_checksum_get_digest(checksum, digest, &length);
    memcpy(origin->bytes, digest, sizeof origin->bytes);
    return true;
}
