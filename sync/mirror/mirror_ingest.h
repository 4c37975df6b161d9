/* The thread that stores what the network thread brings. Changes go through a bounded queue, in order, to the
 * repository's Writer, which that thread alone uses while it runs; so a slow disk slows the network and memory stays
 * bounded, and a slow network keeps no disk waiting.
 *
 * After the first failure nothing more is stored, and the next push fails with the same error. All functions are for
 * one thread, the pushing one. */
#ifndef MB_MIRROR_INGEST_H
#define MB_MIRROR_INGEST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "spool.h"
#include "writer.h"

typedef struct Ingest Ingest;

/* `writer` must not be used by anyone else until ingest_finish(). */
Ingest *ingest_start(Writer *writer, uint32_t account);

typedef enum {
    INGEST_COMMIT,          /* only keep what was stored: the run was cut short */
    INGEST_PUBLISH_PARTIAL, /* make a snapshot that lacks something the server has */
    INGEST_PUBLISH_COMPLETE,
} IngestEnd;

typedef struct {
    bool published;     /* writer_publish()'s */
    uint32_t snapshot;  /* likewise */
    GPtrArray *refused; /* sentences: messages that came under the UID of another and were not stored; caller unrefs */
} IngestResult;

/* Waits until everything pushed is stored, ends as told, and frees the ingest whatever the outcome. A snapshot is
 * partial when a message was refused. *result is filled in any case. */
bool ingest_finish(Ingest *ingest, IngestEnd end, IngestResult *result, GError **error);

/* A mailbox whose number may not be known yet. Lives as long as the ingest. `display_name` is copied. */
typedef struct IngestMailbox IngestMailbox;

IngestMailbox *ingest_known_mailbox(Ingest *ingest, const char *display_name, uint32_t mailbox);
/* writer_add_mailbox(); NULL on error. */
IngestMailbox *ingest_add_mailbox(Ingest *ingest, const char *display_name, uint32_t uidvalidity,
                                  const MailboxListing *listing, GError **error);
bool ingest_show_mailbox(Ingest *ingest, IngestMailbox *mailbox, const MailboxListing *listing, GError **error);
bool ingest_hide_mailbox(Ingest *ingest, IngestMailbox *mailbox, GError **error);

typedef struct {
    uint32_t uid;
    int64_t internaldate; /* seconds since 1970 */
    MessageFlags flags;   /* copied */
} IngestMessage;

/* Takes the body over, also on error. Waits while the queue is full. */
bool ingest_add_message(Ingest *ingest, IngestMailbox *mailbox, const IngestMessage *message, Spool *body,
                        GError **error);
bool ingest_set_flags(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, const MessageFlags *flags, GError **error);
bool ingest_remove_message(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, GError **error);
/* Without effect when a message of the mailbox was refused: the next run looks again. */
bool ingest_set_cursor(Ingest *ingest, IngestMailbox *mailbox, const MailboxCursor *cursor, GError **error);

#endif
