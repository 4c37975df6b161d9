/* Texts that a server gives in the place of a message which it cannot give. They are not the message. Pure. */
#ifndef MB_SUBSTITUTE_H
#define MB_SUBSTITUTE_H

#include <stdbool.h>
#include <stddef.h>

/* `text`: a message, or its beginning. True for what Exchange makes of a message that it cannot convert. */
bool substitute_is(const char *text, size_t length);

#endif
