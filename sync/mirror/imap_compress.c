#include "imap_compress.h"

/* Nearer than this is this machine or its own network, where a server sends more in a second than it compresses. */
enum { FAR_US = 1500 };

static bool pays(ImapClient *client, CompressMode mode)
{
    const Connection *connection = imap_client_connection(client);
    return mode == COMPRESS_ON || (mode == COMPRESS_AUTO && !connection_is_loopback(connection) &&
                                   connection_round_trip_us(connection) >= FAR_US);
}

bool imap_compress(ImapClient *client, CompressMode mode, GError **error)
{
    if (!imap_client_has_capability(client, "COMPRESS=DEFLATE") || !pays(client, mode))
        return true;
    ImapEvent event;
    if (!imap_client_run(client, imap_command_compress(), &event, error))
        return false;
    if (event.condition.outcome != IMAP_OK)
        return true;
    g_autoptr(GBytes) early = imap_session_take_back(imap_client_session(client));
    gsize length;
    const void *bytes = g_bytes_get_data(early, &length);
    connection_start_compression(imap_client_connection(client), bytes, length);
    return true;
}
