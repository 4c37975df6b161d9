/* Base64 as SASL uses it (RFC 9051 9, RFC 4648 4): strict when reading, wiped when writing. */
#ifndef MB_IMAP_BASE64_H
#define MB_IMAP_BASE64_H

#include <stdbool.h>

#include "imap_data.h"
#include "wiped_bytes.h"

/* Appends the text form of the octets. */
void imap_base64_append(WipedBytes *out, const void *data, size_t length);

/* Sets `out` to the octets behind `text`; false when that is not base64 with its padding. */
bool imap_base64_decode(ImapData text, WipedBytes *out);

#endif
