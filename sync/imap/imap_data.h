/* Octets inside somebody else's memory. */
#ifndef MB_IMAP_DATA_H
#define MB_IMAP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t length;
} ImapData;

/* True when the octets spell `word`; the case of ASCII letters does not matter, in no locale. */
bool imap_data_is(ImapData data, const char *word);

#endif
