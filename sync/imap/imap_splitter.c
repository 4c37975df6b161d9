#include "imap_splitter.h"

#include <string.h>

#include "error.h"
#include "imap_lexer.h"
#include "imap_response.h"
#include "mb_limits.h"

typedef enum {
    READING_LINE,
    READING_INLINE_LITERAL,
    SKIPPING_LITERAL,
    READING_BODY,
} SplitterState;

struct ImapSplitter {
    GByteArray *window; /* as fed */
    size_t used;        /* bytes of the window that are done with */
    size_t scanned;     /* bytes of the window known to hold no line end */
    GByteArray *response;
    bool response_told;     /* and so to be emptied */
    size_t line_start;      /* where in the response its last line starts, behind all literals */
    bool may_hold_literals; /* of the response, known with its first line */
    bool is_fetch;          /* likewise */
    SplitterState state;
    uint64_t literal_left;
    bool body_told;
    uint64_t body_size;
};

ImapSplitter *imap_splitter_new(void)
{
    ImapSplitter *splitter = g_new0(ImapSplitter, 1);
    splitter->window = g_byte_array_new();
    splitter->response = g_byte_array_new();
    return splitter;
}

void imap_splitter_free(ImapSplitter *splitter)
{
    g_byte_array_unref(splitter->window);
    g_byte_array_unref(splitter->response);
    g_free(splitter);
}

void imap_splitter_feed(ImapSplitter *splitter, const void *data, size_t length)
{
    if (splitter->used > 0) {
        g_byte_array_remove_range(splitter->window, 0, (guint)splitter->used);
        splitter->scanned -= splitter->used;
        splitter->used = 0;
    }
    g_byte_array_append(splitter->window, data, (guint)length);
}

size_t imap_splitter_buffered(const ImapSplitter *splitter)
{
    size_t unread = splitter->window->len - splitter->used;
    return unread + (splitter->response_told ? 0 : splitter->response->len);
}

GBytes *imap_splitter_take_back(ImapSplitter *splitter)
{
    GByteArray *window = splitter->window;
    GBytes *bytes = g_bytes_new(window->data + splitter->used, window->len - splitter->used);
    g_byte_array_set_size(window, (guint)splitter->used);
    splitter->scanned = splitter->used;
    return bytes;
}

static void use(ImapSplitter *splitter, size_t length)
{
    splitter->used += length;
    splitter->scanned = MAX(splitter->scanned, splitter->used);
}

/* Bytes of the unfinished literal that are there. */
static size_t literal_available(const ImapSplitter *splitter)
{
    return (size_t)MIN(splitter->literal_left, (uint64_t)(splitter->window->len - splitter->used));
}

static bool check_response_length(const ImapSplitter *splitter, size_t more, GError **error)
{
    if (more > LIMIT_RESPONSE_BYTES - splitter->response->len)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server sent a response of more than %zu bytes",
                            LIMIT_RESPONSE_BYTES);
    return true;
}

/* The line up to and with its LF moves from the window to the response; false in *found when it is not all there. */
static bool take_line(ImapSplitter *splitter, bool *found, GError **error)
{
    const uint8_t *bytes = splitter->window->data;
    size_t unscanned = splitter->window->len - splitter->scanned;
    const uint8_t *end = unscanned > 0 ? memchr(bytes + splitter->scanned, '\n', unscanned) : NULL;
    size_t stop = end ? (size_t)(end - bytes) + 1 : splitter->window->len;
    *found = end != NULL;
    splitter->scanned = stop;
    if (!check_response_length(splitter, stop - splitter->used, error))
        return false;
    if (end) {
        splitter->line_start = splitter->response->len;
        g_byte_array_append(splitter->response, bytes + splitter->used, (guint)(stop - splitter->used));
        use(splitter, stop - splitter->used);
    }
    return true;
}

/* Untagged data responses may hold literals; "{5}" at the end of a text for people is none (RFC 9051 resp-text). */
static bool may_hold_literals(const GByteArray *response)
{
    ImapLexer lexer = imap_lexer_of(response->data, response->len);
    ImapOutcome outcome;
    return imap_lexer_accept(&lexer, '*') && imap_lexer_accept(&lexer, ' ') &&
           !imap_response_outcome(imap_lexer_word(&lexer), &outcome);
}

static bool is_fetch(const GByteArray *response)
{
    ImapLexer lexer = imap_lexer_of(response->data, response->len);
    imap_lexer_expect(&lexer, '*');
    imap_lexer_expect(&lexer, ' ');
    imap_lexer_number32(&lexer);
    imap_lexer_expect(&lexer, ' ');
    ImapData word = imap_lexer_word(&lexer);
    return imap_data_is(word, "FETCH") || imap_data_is(word, "UIDFETCH");
}

static void classify(ImapSplitter *splitter)
{
    splitter->may_hold_literals = may_hold_literals(splitter->response);
    splitter->is_fetch = is_fetch(splitter->response);
}

/* Where the "{" (or "~{") of a literal announced at the end of the last line stands; false when there is none. */
static bool find_announcement(const ImapSplitter *splitter, size_t *at)
{
    const uint8_t *bytes = splitter->response->data;
    size_t start = splitter->line_start;
    size_t i = splitter->response->len;
    while (i > start && (bytes[i - 1] == '\n' || bytes[i - 1] == '\r'))
        i--;
    if (i == start || bytes[--i] != '}')
        return false;
    while (i > start && (g_ascii_isdigit((char)bytes[i - 1]) || bytes[i - 1] == '+'))
        i--;
    if (i == start || bytes[--i] != '{')
        return false;
    if (i > start && bytes[i - 1] == '~')
        i--;
    *at = i;
    return i > start && (bytes[i - 1] == ' ' || bytes[i - 1] == '(');
}

/* The announced length; above what 64 bits hold it is the largest number, which is above every limit. */
static uint64_t announced_length(GByteArray *response, size_t at)
{
    ImapLexer lexer = imap_lexer_of(response->data + at, response->len - at);
    imap_lexer_accept(&lexer, '~');
    imap_lexer_expect(&lexer, '{');
    uint64_t length = imap_lexer_number(&lexer);
    return lexer.failed ? UINT64_MAX : length;
}

static bool is_body(const ImapSplitter *splitter, size_t at)
{
    static const char *const items[] = {"BODY[] ", "BODY[HEADER] "};
    const char *bytes = (const char *)splitter->response->data;
    bool found = false;
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        size_t length = strlen(items[i]);
        found |= at >= splitter->line_start + length && g_ascii_strncasecmp(bytes + at - length, items[i], length) == 0;
    }
    return splitter->is_fetch && found;
}

/* What is not kept stands in the response as an empty string. */
static void leave_out(ImapSplitter *splitter, size_t at)
{
    g_byte_array_set_size(splitter->response, (guint)at);
    g_byte_array_append(splitter->response, (const uint8_t *)"\"\"", 2);
}

static bool begin_body(ImapSplitter *splitter, size_t at, uint64_t length, ImapPart *part, GError **error)
{
    if (splitter->body_told)
        return mb_error_set(error, MB_ERROR_PROTOCOL, "the server sent two bodies in one response");
    if (length > LIMIT_MESSAGE_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT,
                            "the server announced a message of more than %" G_GUINT64_FORMAT " bytes",
                            LIMIT_MESSAGE_BYTES);
    leave_out(splitter, at);
    splitter->state = READING_BODY;
    splitter->literal_left = length;
    splitter->body_told = true;
    splitter->body_size = length;
    *part = (ImapPart){.kind = IMAP_PART_BODY_BEGIN, .body_size = length};
    return true;
}

static bool begin_other_literal(ImapSplitter *splitter, size_t at, uint64_t length, GError **error)
{
    bool skip = length > LIMIT_INLINE_LITERAL_BYTES && length <= LIMIT_MESSAGE_BYTES && splitter->is_fetch;
    if (length > LIMIT_INLINE_LITERAL_BYTES && !skip)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server announced a text of more than %zu bytes",
                            LIMIT_INLINE_LITERAL_BYTES);
    if (!skip && !check_response_length(splitter, (size_t)length, error))
        return false;
    if (skip)
        leave_out(splitter, at);
    splitter->state = skip ? SKIPPING_LITERAL : READING_INLINE_LITERAL;
    splitter->literal_left = length;
    return true;
}

static void end_response(ImapSplitter *splitter, ImapPart *part)
{
    GByteArray *response = splitter->response;
    size_t length = response->len - 1;
    if (length > 0 && response->data[length - 1] == '\r')
        length--;
    *part = (ImapPart){.kind = IMAP_PART_RESPONSE,
                       .bytes = response->data,
                       .length = length,
                       .body_told = splitter->body_told,
                       .body_size = splitter->body_size};
    splitter->response_told = true;
    splitter->body_told = false;
    splitter->body_size = 0;
}

static bool read_line(ImapSplitter *splitter, ImapPart *part, GError **error)
{
    bool found;
    size_t at;
    if (!take_line(splitter, &found, error))
        return false;
    if (!found)
        return true;
    if (splitter->line_start == 0)
        classify(splitter);
    if (!splitter->may_hold_literals || !find_announcement(splitter, &at)) {
        end_response(splitter, part);
        return true;
    }
    uint64_t length = announced_length(splitter->response, at);
    if (is_body(splitter, at))
        return begin_body(splitter, at, length, part, error);
    return begin_other_literal(splitter, at, length, error);
}

/* Takes what is there of a literal that is kept or skipped. */
static void read_literal(ImapSplitter *splitter)
{
    size_t length = literal_available(splitter);
    if (splitter->state == READING_INLINE_LITERAL)
        g_byte_array_append(splitter->response, splitter->window->data + splitter->used, (guint)length);
    use(splitter, length);
    splitter->literal_left -= length;
    if (splitter->literal_left == 0)
        splitter->state = READING_LINE;
}

static void read_body(ImapSplitter *splitter, ImapPart *part)
{
    size_t length = literal_available(splitter);
    if (splitter->literal_left == 0) {
        splitter->state = READING_LINE;
        part->kind = IMAP_PART_BODY_END;
    } else if (length > 0) {
        *part =
            (ImapPart){.kind = IMAP_PART_BODY_DATA, .bytes = splitter->window->data + splitter->used, .length = length};
        use(splitter, length);
        splitter->literal_left -= length;
    }
}

static void forget_told_response(ImapSplitter *splitter)
{
    if (splitter->response_told)
        g_byte_array_set_size(splitter->response, 0);
    splitter->response_told = false;
}

bool imap_splitter_next(ImapSplitter *splitter, ImapPart *part, GError **error)
{
    *part = (ImapPart){.kind = IMAP_PART_NEED_MORE};
    forget_told_response(splitter);
    bool progress = true;
    while (progress && part->kind == IMAP_PART_NEED_MORE) {
        size_t before = splitter->used;
        SplitterState state = splitter->state;
        if (state == READING_BODY)
            read_body(splitter, part);
        else if (state != READING_LINE)
            read_literal(splitter);
        else if (!read_line(splitter, part, error))
            return false;
        progress = splitter->used != before || splitter->state != state;
    }
    return true;
}
