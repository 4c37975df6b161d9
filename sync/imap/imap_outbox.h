/* Commands on their way out: their tags, which of them are in flight, and the waits that the protocol asks for. */
#ifndef MB_IMAP_OUTBOX_H
#define MB_IMAP_OUTBOX_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "imap_command_parts.h"
#include "imap_data.h"

typedef struct ImapOutbox ImapOutbox;

ImapOutbox *imap_outbox_new(const char *tag_prefix);
void imap_outbox_free(ImapOutbox *outbox);

/* Queues the command and takes it over; its number, never 0. */
uint32_t imap_outbox_add(ImapOutbox *outbox, ImapCommand *command);

/* True when a command may be said that was not yet. */
bool imap_outbox_may_advance(ImapOutbox *outbox);
/* Moves all that may be said now into the output. Literals of up to `unasked_literal` octets go without waiting for the
 * server's word (RFC 7888). */
void imap_outbox_advance(ImapOutbox *outbox, size_t unasked_literal);

/* The server said "+": true when a literal was waiting for it. */
bool imap_outbox_continue(ImapOutbox *outbox);
/* The server said "+" and no literal waits: true when an AUTHENTICATE in flight takes it as a challenge. */
bool imap_outbox_challenge(ImapOutbox *outbox);

/* The answer to a challenge, as octets. */
void imap_outbox_answer(ImapOutbox *outbox, const void *data, size_t length);

/* The server ended the command of `tag`: sets its number and kind and forgets it. False when none in flight has it. */
bool imap_outbox_finish(ImapOutbox *outbox, ImapData tag, uint32_t *number, ImapCommandKind *kind);

/* Commands queued or in flight. */
unsigned imap_outbox_open(const ImapOutbox *outbox);

/* What to write to the socket, and what of it was written. */
ImapData imap_outbox_output(const ImapOutbox *outbox);
void imap_outbox_sent(ImapOutbox *outbox, size_t length);

#endif
