#include "mail_guard.h"

#include <string.h>

#include "mb_limits.h"

#define NAME_AT_MOST ((size_t)200) /* a line with a colon further on is no field */

static void end_header(MailGuard *guard, char *byte)
{
    *byte = '\n';
    guard->line = LINE_STARTS;
    guard->header_bytes = 0;
    guard->header_lines = 0;
}

static void start_line(MailGuard *guard, char *byte)
{
    bool blank = *byte == '\n' || *byte == '\r';
    guard->name_bytes = 0;
    guard->matched = 0;
    if (blank)
        guard->header_bytes = guard->header_lines = 0;
    else if (++guard->header_lines > LIMIT_HEADER_LINES && *byte != '-')
        end_header(guard, byte);
    if (*byte == '\n')
        return;
    guard->line = *byte == '-' ? LINE_DASH : (*byte == ' ' || *byte == '\t') ? LINE_FIELD : LINE_NAME;
}

/* The second character of a line that starts with "-". */
static void take_dash(MailGuard *guard, char *byte)
{
    bool may_be_boundary = *byte == '-';
    if (may_be_boundary && ++guard->boundary_lines > LIMIT_BOUNDARY_LINES)
        *byte = ' ';
    guard->line = may_be_boundary ? LINE_OTHER : LINE_NAME;
    if (may_be_boundary)
        guard->header_bytes = guard->header_lines = 0;
}

static void take_name(MailGuard *guard, char byte)
{
    if (byte == ':')
        guard->line = LINE_FIELD;
    else if (++guard->name_bytes > NAME_AT_MOST) {
        guard->line = LINE_OTHER;
        guard->header_bytes = guard->header_lines = 0;
    }
}

static void take_field(MailGuard *guard, char *byte)
{
    static const char word[] = "boundary";
    char small = (char)(*byte | 0x20); /* a letter's small form */
    guard->matched = small == word[guard->matched] ? guard->matched + 1 : small == word[0];
    if (word[guard->matched] != '\0')
        return;
    guard->matched = 0;
    if (++guard->multiparts > LIMIT_MULTIPARTS)
        *byte = '_';
}

static void take_byte(MailGuard *guard, char *byte)
{
    if (guard->line != LINE_STARTS && ++guard->header_bytes > LIMIT_HEADER_BYTES && guard->line != LINE_OTHER)
        end_header(guard, byte);
    if (*byte == '\n' && guard->line != LINE_STARTS) {
        if (guard->line == LINE_NAME)
            guard->header_bytes = guard->header_lines = 0;
        guard->line = LINE_STARTS;
        return;
    }
    switch (guard->line) {
    case LINE_STARTS:
        start_line(guard, byte);
        break;
    case LINE_DASH:
        take_dash(guard, byte);
        break;
    case LINE_NAME:
        take_name(guard, *byte);
        break;
    case LINE_FIELD:
        take_field(guard, byte);
        break;
    case LINE_OTHER:
        break;
    }
}

void mail_guard_apply(MailGuard *guard, char *data, size_t length)
{
    for (char *at = data, *end = data + length; at < end; at++) {
        if (guard->line == LINE_OTHER) {
            at = memchr(at, '\n', (size_t)(end - at));
            if (!at)
                return;
        }
        take_byte(guard, at);
    }
}
