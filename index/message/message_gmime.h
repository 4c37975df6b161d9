/* What is done with GMime, which wants to be started before. Any thread. */
#ifndef MB_MESSAGE_GMIME_H
#define MB_MESSAGE_GMIME_H

/* Once, when it is first needed: a sync that finds nothing new does without. */
void message_start_gmime(void);

/* A header's text with its encoded words (RFC 2047) decoded. Caller frees. */
char *message_decode_words(const char *text);

#endif
