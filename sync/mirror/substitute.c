#include "substitute.h"

#include <string.h>

/* The end of the header: behind its last line. */
static size_t header_length(const char *text, size_t length)
{
    const char *end = memmem(text, length, "\r\n\r\n", 4);
    return end ? (size_t)(end - text) : length;
}

bool substitute_is(const char *text, size_t length)
{
    static const char subject[] = "\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message:";
    bool first = length >= strlen(subject) - 2 && memcmp(text, subject + 2, strlen(subject) - 2) == 0;
    return first || memmem(text, header_length(text, length), subject, strlen(subject));
}
