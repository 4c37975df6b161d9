#include "base64_lines.h"

#include <glib.h>
#include <string.h>

/* The characters by value, and behind them the padding. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

enum { NOT_BASE64 = 0xff, PADDING = 0xfe };

/* The value of a character; NOT_BASE64 or PADDING for others. */
static const uint8_t *values(void)
{
    static uint8_t table[256];
    static gsize made;
    if (g_once_init_enter(&made)) {
        memset(table, NOT_BASE64, sizeof table);
        for (size_t i = 0; i < 64; i++)
            table[(uint8_t)alphabet[i]] = (uint8_t)i;
        table['='] = PADDING;
        g_once_init_leave(&made, 1);
    }
    return table;
}

static uint64_t line_end_length(Base64Form form)
{
    return form.crlf ? 2 : 1;
}

static uint64_t characters_of(uint64_t decoded)
{
    return (decoded + 2) / 3 * 4;
}

uint64_t base64_encoded_length(Base64Form form, uint64_t decoded)
{
    uint64_t characters = characters_of(decoded);
    uint64_t lines = (characters + form.line_length - 1) / form.line_length;
    return lines == 0 ? 0 : characters + (lines - 1) * line_end_length(form);
}

/* What a line is to a run. */
typedef enum { LINE_OTHER, LINE_FULL, LINE_LAST } LineKind;

static LineKind kind_of_line(const Base64Scanner *scanner)
{
    if (scanner->other || scanner->characters == 0 || scanner->characters % 4 != 0)
        return LINE_OTHER;
    return scanner->padding == 0 ? LINE_FULL : scanner->padding <= 2 ? LINE_LAST : LINE_OTHER;
}

static void tell_run(Base64Scanner *scanner, Base64RunFound found, void *user)
{
    if (scanner->run.length > 0)
        found(&scanner->run, user);
    scanner->run.length = 0;
    scanner->run_ended = false;
    scanner->line_end_known = false;
}

/* Whether the line that was just read goes on with the run: the lines before it are full and end as all others do. */
static bool continues_run(const Base64Scanner *scanner)
{
    const Base64Run *run = &scanner->run;
    return run->length > 0 && !scanner->run_ended && scanner->line_end_is_crlf == run->form.crlf &&
           scanner->characters <= run->form.line_length;
}

static void extend_run(Base64Scanner *scanner, LineKind kind)
{
    Base64Run *run = &scanner->run;
    if (run->length > 0)
        run->length += line_end_length(run->form);
    else
        *run = (Base64Run){.start = scanner->line_start, .form = {.line_length = scanner->characters}};
    run->length += scanner->characters;
    run->decoded += scanner->characters / 4 * 3 - scanner->padding;
    scanner->run_ended = kind == LINE_LAST || scanner->characters < run->form.line_length;
}

/* The first line end of a run is what all others must be. */
static void note_line_end(Base64Scanner *scanner, bool crlf)
{
    if (!scanner->line_end_known)
        scanner->run.form.crlf = crlf;
    scanner->line_end_known = true;
    scanner->line_end_is_crlf = crlf;
}

static void end_line(Base64Scanner *scanner, Base64RunFound found, void *user)
{
    LineKind kind = kind_of_line(scanner);
    if (kind == LINE_OTHER || !continues_run(scanner))
        tell_run(scanner, found, user);
    if (kind != LINE_OTHER)
        extend_run(scanner, kind);
    if (scanner->run.length > 0)
        note_line_end(scanner, scanner->after_cr);
}

static void begin_line(Base64Scanner *scanner, uint64_t start)
{
    scanner->line_start = start;
    scanner->characters = 0;
    scanner->padding = 0;
    scanner->other = false;
    scanner->after_cr = false;
}

/* Reads on within a line that may still be base64; returns how far. */
static size_t scan_characters(Base64Scanner *scanner, const uint8_t *bytes, size_t length)
{
    const uint8_t *table = values();
    size_t i = 0;
    for (; i < length && !scanner->other && bytes[i] != '\n'; i++) {
        uint8_t value = table[bytes[i]];
        if (value < 64 && scanner->padding == 0 && !scanner->after_cr) {
            scanner->characters++;
        } else if (value == PADDING && !scanner->after_cr) {
            scanner->characters++;
            scanner->padding++;
        } else if (bytes[i] == '\r' && !scanner->after_cr) {
            scanner->after_cr = true;
        } else {
            scanner->other = true;
        }
    }
    return i;
}

void base64_scan(Base64Scanner *scanner, const void *data, size_t length, Base64RunFound found, void *user)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < length;) {
        i += scan_characters(scanner, bytes + i, length - i);
        const uint8_t *newline = memchr(bytes + i, '\n', length - i);
        if (!newline)
            break;
        i = (size_t)(newline - bytes) + 1;
        end_line(scanner, found, user);
        begin_line(scanner, scanner->offset + i);
    }
    scanner->offset += length;
}

void base64_scan_end(Base64Scanner *scanner, Base64RunFound found, void *user)
{
    if (scanner->after_cr)
        scanner->other = true; /* a CR without LF at the very end */
    end_line(scanner, found, user);
    tell_run(scanner, found, user);
}

static size_t put_group(Base64Decoder *decoder, uint8_t *out)
{
    size_t bytes = 3 - decoder->padding;
    uint32_t unused = decoder->bits & ((1u << (8 * decoder->padding)) - 1);
    decoder->failed |= unused != 0;
    out[0] = (uint8_t)(decoder->bits >> 16);
    out[1] = (uint8_t)(decoder->bits >> 8);
    out[2] = (uint8_t)decoder->bits;
    *decoder = (Base64Decoder){.failed = decoder->failed};
    return bytes;
}

size_t base64_decode(Base64Decoder *decoder, const void *text, size_t length, uint8_t *out)
{
    const uint8_t *characters = text, *table = values();
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t value = table[characters[i]];
        if (value == NOT_BASE64)
            continue;
        decoder->padding += value == PADDING;
        decoder->bits = decoder->bits << 6 | (value == PADDING ? 0 : value);
        if (++decoder->count == 4)
            written += put_group(decoder, out + written);
    }
    return written;
}

static void encode_group(const uint8_t *bytes, size_t count, char *out)
{
    uint32_t bits = (uint32_t)bytes[0] << 16 | (count > 1 ? (uint32_t)bytes[1] << 8 : 0) | (count > 2 ? bytes[2] : 0);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[count > 1 ? bits >> 6 & 63 : 64];
    out[3] = alphabet[count > 2 ? bits & 63 : 64];
}

#define GROUPS_AT_ONCE ((size_t)1024)

typedef struct {
    Base64Form form;
    uint64_t decoded;
    Base64Source source;
    void *user;
} Encoding;

/* Characters from `at` on within one line: at most `most`, at most some groups. Returns how many; 0 with *error set. */
static size_t encode_in_line(const Encoding *encoding, uint64_t line, uint64_t column, char *out, size_t most,
                             GError **error)
{
    uint8_t bytes[3 * GROUPS_AT_ONCE];
    char characters[4 * GROUPS_AT_ONCE];
    uint64_t first = line * (encoding->form.line_length / 4 * 3) + column / 4 * 3;
    size_t skip = column % 4;
    uint64_t left_in_line = (encoding->form.line_length - column / 4 * 4) / 4 * 3;
    uint64_t wanted = MIN((uint64_t)(most + skip + 3) / 4 * 3, left_in_line);
    size_t count = (size_t)MIN(MIN(wanted, encoding->decoded - first), sizeof bytes);
    if (!encoding->source(encoding->user, first, bytes, count, error))
        return 0;
    for (size_t i = 0; i < count; i += 3)
        encode_group(bytes + i, MIN(3, count - i), characters + i / 3 * 4);
    size_t given = MIN(most, (count + 2) / 3 * 4 - skip);
    memcpy(out, characters + skip, given);
    return given;
}

static size_t put_line_end(Base64Form form, uint64_t position, char *out)
{
    *out = form.crlf && position == 0 ? '\r' : '\n';
    return 1;
}

bool base64_encode_range(Base64Form form, uint64_t decoded, uint64_t offset, char *out, size_t length,
                         Base64Source source, void *user, GError **error)
{
    const Encoding encoding = {.form = form, .decoded = decoded, .source = source, .user = user};
    uint64_t stride = form.line_length + line_end_length(form);
    while (length > 0) {
        uint64_t column = offset % stride;
        size_t given = column < form.line_length
                           ? encode_in_line(&encoding, offset / stride, column, out, length, error)
                           : put_line_end(form, column - form.line_length, out);
        if (given == 0)
            return false;
        out += given;
        offset += given;
        length -= given;
    }
    return true;
}
