#include "base64_lines.h"

#include <glib.h>
#include <string.h>

#include "base64_groups.h"

/* Of encoded text; the bytes for it are asked for at once, and are always fewer. */
#define ENCODED_AT_ONCE ((size_t)16 << 10)

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
    if (scanner->other && scanner->run.length == 0)
        return; /* nearly all lines of mail */
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
static size_t scan_characters(Base64Scanner *scanner, const uint8_t *table, const uint8_t *bytes, size_t length)
{
    bool goes_on = scanner->padding == 0 && !scanner->after_cr;
    size_t i = goes_on ? base64_count_characters(bytes, length) : 0;
    scanner->characters += i;
    for (; i < length && !scanner->other && bytes[i] != '\n'; i++) {
        uint8_t value = table[bytes[i]];
        if (value < 64 && scanner->padding == 0 && !scanner->after_cr) {
            scanner->characters++;
        } else if (value == BASE64_PADDING && !scanner->after_cr) {
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
    const uint8_t *bytes = data, *table = base64_values();
    for (size_t i = 0; i < length;) {
        i += scan_characters(scanner, table, bytes + i, length - i);
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
    const uint8_t *characters = text, *table = base64_values();
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        if (decoder->count == 0) {
            size_t groups = base64_decode_groups(characters + i, (length - i) / 4, out + written);
            written += 3 * groups;
            i += 4 * groups;
            if (i == length)
                break;
        }
        uint8_t value = table[characters[i]];
        if (value == BASE64_NONE)
            continue;
        decoder->padding += value == BASE64_PADDING;
        decoder->bits = decoder->bits << 6 | (value == BASE64_PADDING ? 0 : value);
        if (++decoder->count == 4)
            written += put_group(decoder, out + written);
    }
    return written;
}

/* `count` characters from the `skip`th on of what `available` bytes make. */
static void encode_characters(const uint8_t *bytes, size_t available, size_t skip, char *out, size_t count)
{
    while (count > 0) {
        size_t group = skip / 4, from = skip % 4, left = available - 3 * group;
        size_t whole = from == 0 ? MIN(count / 4, left / 3) : 0;
        size_t given = 4 * whole;
        if (whole > 0) {
            base64_encode_groups(bytes + 3 * group, whole, out);
        } else {
            char characters[4];
            given = MIN(4 - from, count);
            base64_encode_last(bytes + 3 * group, MIN(3, left), characters);
            memcpy(out, characters + from, given);
        }
        skip += given;
        out += given;
        count -= given;
    }
}

/* How many characters come before `position` of the encoded text, line ends not counted. */
static uint64_t characters_before(Base64Form form, uint64_t position)
{
    uint64_t stride = form.line_length + line_end_length(form);
    return position / stride * form.line_length + MIN(position % stride, form.line_length);
}

static char line_end_character(Base64Form form, uint64_t index)
{
    return form.crlf && index == 0 ? '\r' : '\n';
}

/* Writes out a range for which the decoded bytes are there, from the group on that its first character is in. */
static void encode_lines(Base64Form form, const uint8_t *bytes, size_t available, uint64_t offset, char *out,
                         size_t length)
{
    uint64_t stride = form.line_length + line_end_length(form);
    size_t skip = (size_t)(characters_before(form, offset) % 4);
    while (length > 0) {
        uint64_t column = offset % stride;
        size_t given = 1;
        if (column < form.line_length) {
            given = (size_t)MIN((uint64_t)length, form.line_length - column);
            encode_characters(bytes, available, skip, out, given);
            skip += given;
        } else {
            *out = line_end_character(form, column - form.line_length);
        }
        out += given;
        offset += given;
        length -= given;
    }
}

bool base64_encode_range(Base64Form form, uint64_t decoded, uint64_t offset, char *out, size_t length,
                         Base64Source source, void *user, GError **error)
{
    uint8_t bytes[ENCODED_AT_ONCE];
    while (length > 0) {
        size_t piece = MIN(length, ENCODED_AT_ONCE);
        uint64_t first = characters_before(form, offset) / 4 * 3;
        uint64_t end = MIN(decoded, (characters_before(form, offset + piece) + 3) / 4 * 3);
        if (!source(user, first, bytes, (size_t)(end - first), error))
            return false;
        encode_lines(form, bytes, (size_t)(end - first), offset, out, piece);
        out += piece;
        offset += piece;
        length -= piece;
    }
    return true;
}
