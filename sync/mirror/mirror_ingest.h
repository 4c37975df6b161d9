/* The thread that stores what the network thread brings. Changes go through a bounded queue, in order, to the
 * repository's Writer, which that thread alone uses while it runs; so a slow disk slows the network and memory stays
 * bounded, and a slow network keeps no disk waiting.
 *
 * After the first failure nothing more is stored, and the next push fails with the same error. Parcels may be pushed by
 * any thread; all else is for the one that started the ingest. */
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
    bool has_origin;
    OriginId origin;
} IngestMessage;

/* Messages on their way to the queue: pushed together, they are stored side by side. Belongs to one thread. */
typedef struct IngestParcel IngestParcel;

IngestParcel *ingest_parcel_new(void);
void ingest_parcel_free(IngestParcel *parcel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IngestParcel, ingest_parcel_free)
/* Takes the body over; returns the bytes of all bodies in the parcel. */
uint64_t ingest_parcel_add_message(IngestParcel *parcel, IngestMailbox *mailbox, const IngestMessage *message,
                                   Spool *body);
/* Takes the parcel over, also on error. Waits while the queue is full. */
bool ingest_push_parcel(Ingest *ingest, IngestParcel *parcel, GError **error);

/* A message whose bytes are those of one that is stored and committed; see writer_add_copy(). One that is not there any
 * more is an error. */
bool ingest_copy_message(Ingest *ingest, IngestMailbox *mailbox, const IngestMessage *message, uint32_t from_mailbox,
                         uint32_t from_uid, GError **error);

/* Waits until everything pushed is stored; nothing is committed by that. */
bool ingest_drain(Ingest *ingest, GError **error);
/* The same, and commits, so that views show it. */
bool ingest_settle(Ingest *ingest, GError **error);
/* After ingest_drain(): whether messages of the mailbox came under the UIDs of others and were not stored. They are
 * forgotten: the caller does something about it. */
bool ingest_take_refused(Ingest *ingest, IngestMailbox *mailbox);

bool ingest_set_flags(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, const MessageFlags *flags, GError **error);
bool ingest_remove_message(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, GError **error);
/* Without effect when a message of the mailbox was refused: the next run looks again. */
bool ingest_set_cursor(Ingest *ingest, IngestMailbox *mailbox, const MailboxCursor *cursor, GError **error);

#endif
