/* Bytes in any charset as clean UTF-8. Pure; any thread. */
#ifndef MB_CHARSET_TEXT_H
#define MB_CHARSET_TEXT_H

#include <glib.h>
#include <stddef.h>

/* `charset` is what a mail claims, NULL when it claims nothing. Bytes without a meaning in it become U+FFFD or "?".
 * Never fails: an unknown charset is taken for UTF-8 where the bytes are, else for windows-1252. The text ends after
 * `at_most` bytes and a little. NULs in `bytes` may become spaces. Caller frees. */
GString *charset_to_utf8(GByteArray *bytes, const char *charset, size_t at_most);

/* Appends UTF-8 text, without control characters but tab and newline; lines end with a newline alone. */
void charset_append_clean(GString *out, const char *text);

#endif
