/* The one table of limits on sizes, depths and counts that come from outside: from a server, from the disk, from a
 * user. A number is compared with its limit before anything is computed from it or allocated for it. */
#ifndef MB_LIMITS_H
#define MB_LIMITS_H

#include <stdint.h>

/* From a server. */
#define LIMIT_MESSAGE_BYTES ((uint64_t)2 << 30)       /* one message; a longer literal ends the connection */
#define LIMIT_RESPONSE_BYTES ((size_t)4 << 20)        /* one response without its streamed literals */
#define LIMIT_INLINE_LITERAL_BYTES ((size_t)64 << 10) /* a literal that is not a message body */
#define LIMIT_RESPONSE_DEPTH 32                       /* parentheses inside one response */
#define LIMIT_FLAGS_PER_MESSAGE 256
#define LIMIT_FLAG_BYTES 255
#define LIMIT_MAILBOXES_PER_ACCOUNT 100000
#define LIMIT_MAILBOX_NAME_BYTES 1024
#define LIMIT_NAMESPACES 32
#define LIMIT_MESSAGES_PER_MAILBOX 50000000
#define LIMIT_SERVER_TEXT_BYTES ((size_t)1000) /* of what it says to people; the rest is left out */
#define LIMIT_SCRAM_ITERATIONS 1000000         /* of password hashing, which a login may ask for */

/* From the disk. */
#define LIMIT_FRAME_PLAIN_BYTES ((uint32_t)16 << 20) /* what a frame may claim to hold */
#define LIMIT_FRAME_BLOBS 1000000
#define LIMIT_BLOB_EXTENTS 65536
#define LIMIT_RECIPE_SPANS 100000
#define LIMIT_RECIPE_BYTES ((size_t)8 << 20) /* of encoded spans */
#define LIMIT_PACK_BYTES ((uint64_t)1 << 40)
#define LIMIT_JOURNAL_CHANGES 10000000
#define LIMIT_NUMBER_SET 10000000 /* snapshots in one change, packs in a checkpoint */

/* From mail, where it is shown as text and attachments. */
#define LIMIT_RENDER_BYTES ((uint64_t)256 << 20)    /* of a message; the rest is not looked at */
#define LIMIT_RENDERED_TEXT_BYTES ((size_t)4 << 20) /* the rest is left out, and that is said */
#define LIMIT_PARTS 2000u
#define LIMIT_MULTIPARTS 100u
#define LIMIT_BOUNDARY_LINES 20000u
#define LIMIT_HEADER_LINES 2000u
#define LIMIT_HEADER_BYTES ((size_t)256 << 10)
#define LIMIT_KNOWN_TEXT_SIZES 2000000u /* remembered in one mount; then forgotten and found again */

/* From a user. */
#define LIMIT_ACCOUNT_NAME_BYTES 200
#define LIMIT_PASSWORD_BYTES 4096

#define LIMIT_ATTACHMENT_PLACES 1000000u /* directories of attachments that one mount has shown */

/* While working: what is held in memory before it goes elsewhere. */
#define LIMIT_SPOOL_MEMORY_BYTES ((size_t)4 << 20)

#endif
