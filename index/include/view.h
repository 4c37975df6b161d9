/* A short, consistent look at the catalog.
 *
 * Acquire, ask, release: a View holds an LMDB read transaction, so it must not outlive the answer to one question, and
 * never waits for anything meanwhile. Any number of threads may hold one each; a View itself belongs to one thread.
 * Pointers it hands out (names, keywords) die with it unless said otherwise.
 *
 * Functions return false or NULL and set *error on damage (MB_ERROR_CORRUPT) or when the thing is not there
 * (MB_ERROR_NOT_FOUND). */
#ifndef MB_VIEW_H
#define MB_VIEW_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail_types.h"
#include "repository.h"

typedef struct View View;

View *view_acquire(Repository *repository, GError **error);
void view_release(View *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(View, view_release)

/* All accounts in order of creation: AccountInfo*, owned by the array. */
GPtrArray *view_accounts(View *view, GError **error);
AccountInfo *view_account_by_name(View *view, const char *name, GError **error);
AccountInfo *view_account(View *view, uint32_t account, GError **error);

/* All snapshots of an account, oldest first: a GArray of SnapshotInfo. */
GArray *view_snapshots(View *view, uint32_t account, GError **error);
bool view_snapshot(View *view, uint32_t snapshot, SnapshotInfo *info, GError **error);
bool view_snapshot_by_time(View *view, uint32_t account, int64_t time, SnapshotInfo *info, GError **error);

/* The mailboxes an account showed in a snapshot (or SNAPSHOT_CURRENT), by number: MailboxInfo*, owned by the array. */
GPtrArray *view_mailboxes(View *view, uint32_t account, uint32_t snapshot, GError **error);
/* Also those that are gone: every epoch ever seen, with the name it had last. For matching UIDVALIDITY. */
GPtrArray *view_mailbox_epochs(View *view, uint32_t account, GError **error);

/* Walks the messages of a mailbox in a snapshot, by UID. Valid until the view is released. */
typedef struct {
    View *view;
    uint32_t mailbox;
    uint32_t snapshot;
    void *scan;
    bool backwards;
    uint32_t shown_uid; /* backwards: the message whose spans came last, when the snapshot shows it */
} MessageScan;

/* Starts at the first UID >= `first_uid`. */
bool message_scan_begin(MessageScan *scan, View *view, uint32_t mailbox, uint32_t snapshot, uint32_t first_uid,
                        GError **error);
/* Starts at the last UID < `before_uid`, or with 0 at the last of all, and goes down. */
bool message_scan_begin_back(MessageScan *scan, View *view, uint32_t mailbox, uint32_t snapshot, uint32_t before_uid,
                             GError **error);
/* True with the next row; its pointers are valid until the following call. False at the end, or with *error set. */
bool message_scan_next(MessageScan *scan, MessageRow *row, GError **error);
void message_scan_end(MessageScan *scan);

/* One message as a snapshot shows it. */
bool view_message(View *view, uint32_t mailbox, uint32_t uid, uint32_t snapshot, MessageRow *row, GError **error);
/* What never changes of the message that came from an origin; MB_ERROR_NOT_FOUND when none of the account did. */
bool view_message_by_origin(View *view, uint32_t account, const OriginId *origin, MessageRow *row, GError **error);
/* One message as it was last known, in the newest snapshot that shows it or since. */
bool view_message_last(View *view, uint32_t mailbox, uint32_t uid, MessageRow *row, GError **error);
/* What never changes of a message, whatever snapshots show it; flags and keywords are left empty. */
bool view_message_properties(View *view, uint32_t mailbox, uint32_t uid, MessageRow *row, GError **error);

#endif
