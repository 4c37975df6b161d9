#include "substitute.h"

#include <string.h>

static bool begins_with(const char *line, size_t length, const char *start)
{
    return length >= strlen(start) && memcmp(line, start, strlen(start)) == 0;
}

bool substitute_is(const char *text, size_t length)
{
    static const char subject[] = "Subject: Retrieval using the IMAP4 protocol failed for the following message:";
    const char *end = text + length;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline ? newline + 1 : end;
        if (begins_with(line, (size_t)(end - line), subject))
            return true;
        if (*line == '\r' || *line == '\n')
            return false; /* the header ends */
        line = next;
    }
    return false;
}
