/* What messages weigh, asked before they are fetched: where a day has a limit. */
#ifndef MB_MESSAGE_SIZES_H
#define MB_MESSAGE_SIZES_H

#include "imap_client.h"

/* Sizes of the first of these UIDs (growing) in the open mailbox, in their order: all, or so many that they come to
 * `enough` bytes and more. A GArray of uint64_t; caller unrefs. One that the server does not tell counts as the largest
 * message there may be. With `headers_only` what a header comes to at most, as a rule. */
GArray *message_sizes(ImapClient *client, const uint32_t *uids, size_t count, uint64_t enough, bool headers_only,
                      GError **error);

#endif
