/* A message as UTF-8 text for people and for grep: headers decoded, text parts decoded, HTML as text, a list of what
 * else is there. */
#ifndef MB_MAIL_TEXT_H
#define MB_MAIL_TEXT_H

#include <glib.h>
#include <stdbool.h>

#include "mail_source.h"

/* The same bytes always give the same text: valid UTF-8, no control characters but tab and newline, at most
 * LIMIT_RENDERED_TEXT_BYTES and a little; what is left out is said. Any bytes are a message. Fails only when reading
 * does. Any thread. */
bool mail_text_render(const MailSource *source, GString *text, GError **error);

#endif
