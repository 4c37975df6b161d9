/* Fields of a message's header. Any bytes are accepted; any thread. */
#ifndef MB_MESSAGE_HEADER_H
#define MB_MESSAGE_HEADER_H

#include <stddef.h>

/* The first field of that name from the start of a message, unfolded and as it stands there; NULL when the header does
 * not have it. Caller frees. */
char *message_header_raw(const char *message, size_t length, const char *field);

/* The same for people: encoded words decoded, valid UTF-8 without control characters, no space around. */
char *message_header_text(const char *message, size_t length, const char *field);

#endif
