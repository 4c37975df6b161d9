/* What a server calls the content of a message, the same in all mailboxes: EMAILID (RFC 8474) or X-GM-MSGID. */
#ifndef MB_MIRROR_ORIGIN_H
#define MB_MIRROR_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_client.h"
#include "mail_types.h"

/* The ImapFetchItems that asks for it; 0 when the server has none. */
uint32_t mirror_origin_item(const ImapClient *client);

/* The id under which the catalog knows `value`, which the server told for `item`. False when it told nothing. */
bool mirror_origin_id(uint32_t item, ImapData value, OriginId *origin);

#endif
