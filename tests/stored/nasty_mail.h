/* Messages as bad as can be thought of: each a pure function of a seed and its number. Empty ones, without header, with
 * NUL, bare CR and LF, base64 that is wrapped and ended in every wrong way, multiparts in multiparts, what looks like
 * our own files, and now and then one of 60 MB. */
#ifndef MB_NASTY_MAIL_H
#define MB_NASTY_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the next bytes of a message; false ends it. */
typedef bool (*NastySink)(const void *data, size_t length, void *user);

/* Writes message `number`; false when the sink said so. */
bool nasty_mail_write(uint64_t seed, uint32_t number, NastySink sink, void *user);

#endif
