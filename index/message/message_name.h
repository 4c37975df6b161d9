/* The part of a message's file name that tells people what it is: "Bob-Smith_Re-budget". */
#ifndef MB_MESSAGE_NAME_H
#define MB_MESSAGE_NAME_H

#include <stddef.h>

#define MESSAGE_NAME_AT_MOST 200 /* bytes; date, UID and ".eml" go beside it within 255 */

/* Sender and subject from the start of a message, as letters, digits and `.+,@=-` joined by one underscore: valid
 * UTF-8 (NFC), readable, safe in a shell, at most MESSAGE_NAME_AT_MOST bytes, never empty. Any bytes are accepted. Any
 * thread. Caller frees with g_free(). */
char *message_name(const char *message, size_t length);

#endif
