/* Modified UTF-7 (RFC 3501 5.1.3), to show mailbox names and for servers that tell them in UTF-8. */
#ifndef MB_MAILBOX_NAME_H
#define MB_MAILBOX_NAME_H

#include <stddef.h>
#include <stdint.h>

/* The name as UTF-8 when it is canonical modified UTF-7, that is when encoding the result gives the same bytes back;
 * else NULL. Caller frees with g_free(). */
char *mailbox_name_decode(const uint8_t *name, size_t length);

/* Valid UTF-8 as modified UTF-7. Caller frees with g_free(). */
char *mailbox_name_encode(const char *text);

#endif
