/* A MailSource as GMime reads it: only the part in hand is in memory. GMime takes a failed read for the end of the
 * message, so the failure is kept for who asked. */
#ifndef MB_MAIL_STREAM_H
#define MB_MAIL_STREAM_H

#include <gmime/gmime.h>

#include "mail_source.h"

/* A parsed message, whose parts are read from the source when their content is. Both must outlive it. */
typedef struct {
    GMimeMessage *message; /* never NULL */
    GError *failure;       /* of a read; the message is then not whole */
} ParsedMail;

/* Bytes above LIMIT_RENDER_BYTES are left out. Always ends with mail_close(). */
void mail_open(ParsedMail *mail, const MailSource *source);
void mail_close(ParsedMail *mail);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ParsedMail, mail_close)

/* False with *error set when a read has failed since mail_open(). */
bool mail_was_read(ParsedMail *mail, GError **error);

#endif
