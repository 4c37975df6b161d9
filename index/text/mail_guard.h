/* What GMime must not see when it takes a message apart: more than it can hold in little memory and time. The guard
 * changes single bytes on the way to the parser, so all offsets stay; what is shown of the parts is read without it.
 *
 * Limited are the number of multiparts (each line of a body is compared with all open boundaries), of lines that may be
 * boundaries, and the length of a header in lines and bytes. */
#ifndef MB_MAIL_GUARD_H
#define MB_MAIL_GUARD_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { LINE_STARTS, LINE_DASH, LINE_NAME, LINE_FIELD, LINE_OTHER } GuardedLine;

/* All zero at the start of a message. */
typedef struct {
    GuardedLine line;
    size_t name_bytes;   /* of the line so far, before a colon */
    size_t header_bytes; /* of the lines in a row that may be a header */
    unsigned header_lines;
    unsigned boundary_lines;
    unsigned multiparts;
    unsigned matched; /* characters of the word "boundary" */
} MailGuard;

/* Takes the next bytes of the message, one after the other, and makes them harmless. */
void mail_guard_apply(MailGuard *guard, char *data, size_t length);

#endif
