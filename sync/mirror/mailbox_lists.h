/* The messages of one mailbox: as the catalog knows them, as the server lists them, and as the server tells what
 * changed since the catalog's state. Listings are GArrays of ListedMessage, sorted, each UID once. */
#ifndef MB_MAILBOX_LISTS_H
#define MB_MAILBOX_LISTS_H

#include "imap_client.h"
#include "message_listing.h"
#include "repository.h"

/* Of epoch `mailbox`, now. */
bool mailbox_lists_catalog(Repository *repository, uint32_t mailbox, KeywordTable *keywords, GArray *listing,
                           GError **error);

/* All UIDs by one ESEARCH, and the flags of those that changed behind `modseq` (RFC 7162); the others have those of
 * `catalog`. *sound is false when the server did not tell as many UIDs as there are, `exists`: then all must be listed.
 */
bool mailbox_lists_changes(ImapClient *client, uint64_t modseq, uint32_t exists, const GArray *catalog,
                           KeywordTable *keywords, GArray *listing, bool *sound, GError **error);

/* The UIDs of messages whose INTERNALDATE is of that day or later: a GArray of uint32_t, growing, of those in
 * `listing`; all of them when the server cannot tell. Caller unrefs. */
GArray *mailbox_lists_since(ImapClient *client, int64_t day, const GArray *listing, GError **error);

#endif
