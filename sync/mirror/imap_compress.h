/* COMPRESS=DEFLATE (RFC 4978): whether, and how it begins. */
#ifndef MB_IMAP_COMPRESS_H
#define MB_IMAP_COMPRESS_H

#include <glib.h>
#include <stdbool.h>

#include "account_settings.h"
#include "imap_client.h"

/* Compresses the connection from now on when the server can and the settings want it; COMPRESS_AUTO wants it where the
 * line is likely to be slower than the compression. For a logged-in client with no command in flight but ID, before
 * much is fetched: it costs a round trip. A server that refuses goes on without. */
bool imap_compress(ImapClient *client, CompressMode mode, GError **error);

#endif
