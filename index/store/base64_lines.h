/* Base64 as mail has it: lines of one length, joined by one kind of line end (RFC 2045 6.8). Such a run of lines is
 * told completely by its decoded bytes, the line length and the line end, and comes back from them bit for bit. Pure;
 * any thread. */
#ifndef MB_BASE64_LINES_H
#define MB_BASE64_LINES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a run of lines looks. The last line may be shorter; no line end follows it. */
typedef struct {
    uint64_t line_length; /* characters of a full line: a multiple of 4, never 0 */
    bool crlf;            /* CRLF between lines, else LF */
} Base64Form;

/* The number of characters that `decoded` bytes make, line ends included. */
uint64_t base64_encoded_length(Base64Form form, uint64_t decoded);

/* A place in the text of a message where such a run stands. */
typedef struct {
    uint64_t start;
    uint64_t length; /* characters, line ends included */
    uint64_t decoded;
    Base64Form form;
} Base64Run;

/* Looks for runs in text that comes piece by piece. */
typedef struct {
    uint64_t offset;     /* bytes seen */
    uint64_t line_start; /* of the line that is being read */
    uint64_t characters; /* base64 characters in it, padding included */
    unsigned padding;
    bool other;            /* it holds something else */
    bool after_cr;         /* its last byte was CR */
    Base64Run run;         /* the run so far; its length is 0 when there is none */
    bool run_ended;        /* no further line belongs to it */
    bool line_end_is_crlf; /* of the last line of the run */
    bool line_end_known;
} Base64Scanner;

typedef void (*Base64RunFound)(const Base64Run *run, void *user);

/* Calls `found` for each run that is complete. */
void base64_scan(Base64Scanner *scanner, const void *data, size_t length, Base64RunFound found, void *user);
void base64_scan_end(Base64Scanner *scanner, Base64RunFound found, void *user);

/* Decodes whole groups of four characters from the run's text, line ends left out; the text comes piece by piece. */
typedef struct {
    uint32_t bits;
    unsigned count; /* characters of the group that is being read */
    unsigned padding;
    bool failed; /* unused bits were not zero: this would not come back as it was */
} Base64Decoder;

/* Decodes into `out`, which has room for 3 bytes for every 4 of `length`, and 3 more; returns how many came. */
size_t base64_decode(Base64Decoder *decoder, const void *text, size_t length, uint8_t *out);

/* Gives `length` bytes of the decoded text from `offset` on; false with *error set by the source. */
typedef bool (*Base64Source)(void *user, uint64_t offset, uint8_t *bytes, size_t length, GError **error);

/* Writes `length` characters of the encoded text from `offset` on: any range, without what lies before it. */
bool base64_encode_range(Base64Form form, uint64_t decoded, uint64_t offset, char *out, size_t length,
                         Base64Source source, void *user, GError **error);

#endif
