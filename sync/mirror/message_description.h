/* What a server tells of messages without giving their bytes: enough to find out whether they are stored already. */
#ifndef MB_MESSAGE_DESCRIPTION_H
#define MB_MESSAGE_DESCRIPTION_H

#include "imap_client.h"
#include "mail_types.h"
#include "message_listing.h"

typedef struct {
    uint32_t uid;
    uint32_t flags;    /* SystemFlags */
    uint32_t keywords; /* a number of a KeywordTable */
    bool has_internaldate;
    int64_t internaldate; /* seconds since 1970 */
    bool has_size;
    uint64_t size; /* RFC822.SIZE: servers are known to be wrong in it */
    bool has_origin;
    OriginId origin;
} MessageDescription;

/* Asks for the UIDs (growing) in the open mailbox, with `items` (ImapFetchItems) besides the flags; `origin_item` is
 * the one of them that is the origin, or 0. A GArray of MessageDescription in the server's order, for those it
 * answered. Caller unrefs. */
GArray *message_descriptions(ImapClient *client, const GArray *uids, uint32_t items, uint32_t origin_item,
                             KeywordTable *keywords, GError **error);

#endif
