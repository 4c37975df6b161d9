/* Cuts the bytes of a connection into complete responses, literals included, and hands the literals of BODY[] and
 * BODY[HEADER] over as
 * they come, so that a message never stands in memory whole. Looks at every byte once. */
#ifndef MB_IMAP_SPLITTER_H
#define MB_IMAP_SPLITTER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    IMAP_PART_NEED_MORE,
    IMAP_PART_BODY_BEGIN, /* body_size */
    IMAP_PART_BODY_DATA,  /* bytes, length (never 0) */
    IMAP_PART_BODY_END,
    IMAP_PART_RESPONSE, /* bytes, length: the whole response without its final CRLF */
} ImapPartKind;

/* In a RESPONSE the literal of a body that was handed over, and any large one of another FETCH item, is replaced by
 * an empty quoted string. Bytes may be changed and are valid until the next call. */
typedef struct {
    ImapPartKind kind;
    uint8_t *bytes;
    size_t length;
    bool body_told; /* BODY_BEGIN, DATA, END came before this response */
    uint64_t body_size;
} ImapPart;

typedef struct ImapSplitter ImapSplitter;

ImapSplitter *imap_splitter_new(void);
void imap_splitter_free(ImapSplitter *splitter);

void imap_splitter_feed(ImapSplitter *splitter, const void *data, size_t length);

/* MB_ERROR_LIMIT for a response, literal or message that is too long, MB_ERROR_PROTOCOL for two bodies in one. */
bool imap_splitter_next(ImapSplitter *splitter, ImapPart *part, GError **error);

/* Bytes fed that were not handed out. */
size_t imap_splitter_buffered(const ImapSplitter *splitter);
/* Takes those back that stand behind the last response; only between responses. Caller unrefs. */
GBytes *imap_splitter_take_back(ImapSplitter *splitter);

#endif
