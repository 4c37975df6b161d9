/* What is done with GMime, which is loaded when it is first needed: it brings six libraries with it, and a sync that
 * finds nothing new does without. Any thread. */
#ifndef MB_MESSAGE_GMIME_H
#define MB_MESSAGE_GMIME_H

#include <glib.h>
#include <stdbool.h>

/* Who needs what is below, or calls GMime by himself, calls this before: else a library that cannot be loaded ends the
 * program. */
bool message_load_gmime(GError **error);

/* A header's text with its encoded words (RFC 2047) decoded. Caller frees. */
char *message_decode_words(const char *text);

/* The name of the first address (RFC 5322 3.4) in the value of a From field, or its address; the value itself when
 * there is none. Caller frees. */
char *message_sender(const char *from);

#endif
