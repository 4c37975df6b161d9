/* The leaves of a parsed message: what is in them, and what to call them. */
#ifndef MB_MAIL_PARTS_H
#define MB_MAIL_PARTS_H

#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdint.h>

/* The parts of a message in the order they stand in, those of messages inside it too. At most LIMIT_PARTS. */
typedef struct {
    GMimeObject *top;
    GMimePartIter *iterator;
    unsigned taken;
    bool ended;
} PartWalk;

void part_walk_begin(PartWalk *walk, GMimeMessage *message);
/* NULL at the end. Borrowed from the message. */
GMimeObject *part_walk_next(PartWalk *walk);
void part_walk_end(PartWalk *walk);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PartWalk, part_walk_end)

/* Whether people read it: text/anything, and reports of mail servers. */
bool part_is_text(GMimePart *part);
bool part_is_html(GMimePart *part);

/* "image/png". Caller frees. */
char *part_type(GMimePart *part);

/* The name that the mail gives it, NULL when it gives none: UTF-8, as it is. Caller frees. */
char *part_claimed_name(GMimePart *part);

/* A name for a file, made from that or from the type and `number`: no slash, no control or bidi character, not hidden,
 * at most 200 bytes. Caller frees. */
char *part_file_name(GMimePart *part, unsigned number);

/* How many bytes it has once decoded, roughly. */
uint64_t part_guess_size(GMimePart *part);

/* The decoded bytes; NULL when the part has none. Caller unrefs. */
GMimeStream *part_open(GMimePart *part);

#endif
