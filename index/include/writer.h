/* The one writer of a repository.
 *
 * Holds the repository's lock, which the kernel drops with the process. Changes collect in a batch; writer_commit()
 * makes the batch durable as a whole (frames and journal to the pack, fdatasync, one LMDB transaction) and only then
 * do readers see it. Batches also commit by themselves when they have grown or aged enough (writer_add_message), never
 * between a message and the calls that belong to it.
 *
 * After the first failure of a commit everything further fails with the same error: close it, open a new one. A Writer
 * belongs to one thread. */
#ifndef MB_WRITER_H
#define MB_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repository.h"
#include "spool.h"
#include "view.h"

typedef struct Writer Writer;

/* Takes the lock (MB_ERROR_BUSY when another process has it) and brings catalog and packs together after a crash. */
Writer *writer_open(Repository *repository, GError **error);
/* Drops what was not committed. */
void writer_close(Writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writer, writer_close)

/* Adds an account; *account is its number. A known name gets the number it has. */
bool writer_add_account(Writer *writer, const char *name, uint32_t *account, GError **error);

/* How a mailbox appears in snapshots: the server's name for it and what LIST said. Borrowed. */
typedef struct {
    const uint8_t *name;
    size_t name_length;
    char delimiter;
    uint32_t attributes;
} MailboxListing;

/* A new epoch, shown from the next snapshot on. uidvalidity 0 for MAILBOX_NOSELECT. */
bool writer_add_mailbox(Writer *writer, uint32_t account, uint32_t uidvalidity, const MailboxListing *listing,
                        uint32_t *mailbox, GError **error);
/* A known epoch appears (again) or under another name or with other attributes. */
bool writer_show_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, const MailboxListing *listing,
                         GError **error);
/* From the next snapshot on it is gone from the server; its rows stay as they are. */
bool writer_hide_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, GError **error);

typedef struct {
    uint32_t flags;       /* SystemFlags */
    const char *keywords; /* sorted bytewise, separated by one space; "" for none */
} MessageFlags;

/* Stores a message: hashes the spool, stores the bytes unless they are known, names the file. MB_ERROR_EXISTS when the
 * UID was a message with other bytes before: nothing is stored then, and the writer stays of use. */
bool writer_add_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, int64_t internaldate,
                        const MessageFlags *flags, Spool *body, GError **error);
/* A message under another UID, or in another mailbox, of which nothing but the bytes and the name are taken. */
typedef struct {
    uint32_t account; /* of the new one, as what follows */
    uint32_t mailbox;
    uint32_t uid;
    int64_t internaldate;
    MessageFlags flags;
    uint32_t from_mailbox; /* of the one that is stored and committed */
    uint32_t from_uid;
} MessageCopy;

/* Stores a message without its bytes being brought again. MB_ERROR_NOT_FOUND when the repository does not have those of
 * the other one (any more), MB_ERROR_EXISTS as in writer_add_message(). */
bool writer_add_copy(Writer *writer, const MessageCopy *copy, GError **error);
/* Notes what the server calls the content of a message. */
bool writer_set_origin(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const OriginId *origin,
                       GError **error);
bool writer_set_flags(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const MessageFlags *flags,
                      GError **error);
/* The message is gone from the server. */
bool writer_remove_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, GError **error);

/* Commits together with the rows it covers. Not a change by itself: it makes no snapshot. */
bool writer_set_cursor(Writer *writer, uint32_t mailbox, const MailboxCursor *cursor, GError **error);

/* Publishes the waiting changes of an account as a snapshot of this moment and commits. *published is false when there
 * was nothing new (and completeness is as before); then *snapshot is 0 and nothing is written. */
bool writer_publish(Writer *writer, uint32_t account, bool complete, bool *published, uint32_t *snapshot,
                    GError **error);

/* Takes the snapshots (GArray of uint32_t, ascending) from the account, and every row that nothing else shows; commits.
 * What the account shows now stays. When its newest snapshot goes, the next sync makes one again, new mail or not. */
bool writer_forget(Writer *writer, uint32_t account, const GArray *snapshots, GError **error);

bool writer_commit(Writer *writer, GError **error);

/* What was stored since the writer was opened. */
typedef struct {
    uint64_t messages;
    uint64_t message_bytes; /* of all messages added */
    uint64_t new_bytes;     /* of those whose bytes were not known yet */
    uint64_t stored_bytes;  /* what the packs grew by */
} WriterTotals;
WriterTotals writer_totals(const Writer *writer);

#endif
