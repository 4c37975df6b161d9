/* The part of a message's file name that tells people what it is: "Bob-Smith_Re-budget". */
#ifndef MB_MESSAGE_NAME_H
#define MB_MESSAGE_NAME_H

#include <glib.h>
#include <stddef.h>

#define MESSAGE_NAME_AT_MOST 200 /* bytes; date, UID and ".eml" go beside it within 255 */

/* Gives names, and knows the senders of earlier messages again. Of one thread. */
typedef struct MessageNamer MessageNamer;

MessageNamer *message_namer_new(void);
void message_namer_free(MessageNamer *namer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageNamer, message_namer_free)

/* Sender and subject from the start of a message, as letters, digits and `.+,@=-` joined by one underscore: valid
 * UTF-8 (NFC), readable, safe in a shell, at most MESSAGE_NAME_AT_MOST bytes, never empty. Any bytes are accepted.
 * Caller frees with g_free(). */
char *message_name(MessageNamer *namer, const char *message, size_t length);

#endif
