/* The parts of a message as files: decoded, under their own names. */
#ifndef MB_MAIL_ATTACHMENTS_H
#define MB_MAIL_ATTACHMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "mail_source.h"
#include "spool.h"

typedef struct {
    char *name;     /* safe as a file name, different from the others also where case makes no difference */
    uint64_t start; /* in the spool */
    uint64_t size;
} MailFile;

/* A GArray of MailFile, which owns the names; the bytes, without their transfer encoding and otherwise as they are, are
 * appended to `out`. NULL when reading or the spool fails. */
GArray *mail_attachments(const MailSource *source, Spool *out, GError **error);

/* An array as above, empty. */
GArray *mail_files_new(void);

#endif
