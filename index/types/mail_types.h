/* What the catalog knows, as plain data: accounts, snapshots, mailboxes, messages. */
#ifndef MB_MAIL_TYPES_H
#define MB_MAIL_TYPES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_id.h"

/* The snapshot number that stands for "what is known now, published or not": sync plans against it. */
#define SNAPSHOT_CURRENT UINT32_MAX
/* For a scan of messages: all there ever were, each once, without flags. */
#define SNAPSHOT_EVER (UINT32_MAX - 1)

typedef struct {
    uint32_t account;         /* never 0, never reused */
    char *name;               /* "alice@example.com" */
    uint32_t pending;         /* the number the next snapshot will have, when changes wait for it; else 0 */
    uint32_t newest_snapshot; /* 0: none yet */
} AccountInfo;

void account_info_free(AccountInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccountInfo, account_info_free)

typedef struct {
    uint32_t account;
    uint32_t snapshot; /* unique over all accounts, growing, never 0 */
    int64_t time;      /* seconds since 1970, unique within the account and growing */
    uint64_t messages;
    uint64_t bytes;
    uint64_t added;     /* messages since the snapshot before */
    uint64_t removed;   /* messages gone from the server since */
    uint64_t reflagged; /* flag changes since */
    uint32_t mailboxes;
    bool complete;  /* every message the server listed is in it */
    ContentId hash; /* set hash over everything in it */
} SnapshotInfo;

typedef enum {
    MAILBOX_NOSELECT = 1 << 0, /* a level of the hierarchy that holds no messages */
    MAILBOX_ALL = 1 << 1,      /* special uses, RFC 6154 */
    MAILBOX_ARCHIVE = 1 << 2,
    MAILBOX_DRAFTS = 1 << 3,
    MAILBOX_FLAGGED = 1 << 4,
    MAILBOX_JUNK = 1 << 5,
    MAILBOX_SENT = 1 << 6,
    MAILBOX_TRASH = 1 << 7,
    MAILBOX_HEADERS_ONLY = 1 << 8, /* by the user's choice its messages are their headers alone */
} MailboxAttributes;

/* Where the last completed look at a mailbox stood (RFC 9051 2.3.1.1, RFC 7162). */
typedef struct {
    uint32_t uidnext;
    uint32_t messages;
    uint64_t highestmodseq; /* 0: the server has none */
} MailboxCursor;

typedef struct {
    uint32_t mailbox; /* one UIDVALIDITY epoch of one mailbox; never 0, never reused, below 2^30 */
    uint32_t account;
    uint32_t uidvalidity; /* 0 for MAILBOX_NOSELECT */
    uint8_t *name;        /* the server's bytes: identity, not for display */
    size_t name_length;
    char delimiter; /* 0: none */
    uint32_t attributes;
    MailboxCursor cursor; /* of the newest state, whatever the snapshot asked for */
    uint64_t messages;    /* likewise */
    uint64_t bytes;       /* likewise */
} MailboxInfo;

void mailbox_info_free(MailboxInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailboxInfo, mailbox_info_free)

typedef enum {
    FLAG_SEEN = 1 << 0,
    FLAG_ANSWERED = 1 << 1,
    FLAG_FLAGGED = 1 << 2,
    FLAG_DELETED = 1 << 3,
    FLAG_DRAFT = 1 << 4,
} SystemFlags;

#define ORIGIN_SIZE 16

/* What a server calls the content of a message, the same in all its mailboxes (OBJECTID's EMAILID, X-GM-MSGID): the
 * first bytes of the SHA-256 of that name. */
typedef struct {
    uint8_t bytes[ORIGIN_SIZE];
} OriginId;

typedef struct {
    uint32_t mailbox;
    uint32_t uid;
    ContentId id;
    uint64_t size;        /* exact */
    int64_t internaldate; /* seconds since 1970 */
    const char *name;     /* "Bob-Smith_Re-budget": sender and subject as they stand in file names; UTF-8 */
    size_t name_length;
    uint32_t flags;       /* SystemFlags */
    const char *keywords; /* other flags, sorted bytewise, separated by one space */
    size_t keywords_length;
} MessageRow;

#endif
