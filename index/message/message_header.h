/* Fields of a message's header. Any bytes are accepted; any thread. */
#ifndef MB_MESSAGE_HEADER_H
#define MB_MESSAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* A field as it stands in a message, with the lines it is folded over. */
typedef struct {
    const char *start;
    const char *end;
} HeaderField;

/* Goes on to the next field, which begins where the last one ended; at first that is the start of the message. False
 * when the header ends. */
bool message_header_next(HeaderField *field, const char *message_end);

/* What the field says, unfolded, if that is its name; else NULL. Caller frees. */
char *message_header_value(const HeaderField *field, const char *name);

/* What the first field of that name says, for people: encoded words decoded, valid UTF-8 without control characters, no
 * space around. NULL when the header does not have it. Caller frees. */
char *message_header_text(const char *message, size_t length, const char *name);

#endif
