/* The tree of names that people see, in the mount and in `mailbackup ls` and `cat` alike:
 *
 *     account / 2026-11-22T05-14-00Z / mailbox / child mailbox / 2026-11-20_0915_Bob-Smith_Re-budget.1234.eml
 *             / latest -> 2026-11-22T05-14-00Z
 *
 * or otherwise, if TreeOptions say so. Beside a message `NAME.eml` there is a directory `NAME.eml.d` that no listing
 * shows and every lookup finds: its attachments (renderings.h).
 *
 * Every place in it has a number (its inode) that is computed, not stored, and never means anything else:
 *
 *     1                                              the root
 *     1<<59 | snapshot                               the link `latest` while that snapshot is the newest of its account
 *     1<<60 | account                                an account
 *     1<<61 | snapshot<<32 | part<<30 | mailbox      a mailbox in a snapshot; mailbox 0 is the snapshot's own
 * directory; part 1 to 3: its cur/ new/ tmp/ when it is shown as a Maildir 1<<62 | mailbox<<32 | uid a message, the
 * same number in every snapshot that shows it 1<<63 | place<<16 | n                          attachments: n = 0 the
 * directory, else the nth file. Places are given out when they are looked up, and hold for the life of a Tree
 *
 * Within a directory numbers grow with the UID, which is the order in which messages were stored. */
#ifndef MB_TREE_H
#define MB_TREE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tree_options.h"
#include "view.h"

#define TREE_ROOT ((uint64_t)1)
#define TREE_NAME_SIZE 256              /* the longest name, 255 bytes, and a NUL */
#define TREE_ATTACHMENTS_AT_MOST 65535u /* of one message */

typedef enum {
    TREE_NONE,
    TREE_IS_ROOT,
    TREE_IS_ACCOUNT,
    TREE_IS_LATEST,
    TREE_IS_DIRECTORY,
    TREE_IS_MESSAGE,
    TREE_IS_ATTACHMENTS, /* a directory */
    TREE_IS_ATTACHMENT,  /* a file in it */
} TreeKind;

TreeKind tree_kind(uint64_t node);
uint32_t tree_account(uint64_t node);    /* of an account */
uint32_t tree_snapshot(uint64_t node);   /* of a directory or a link */
uint32_t tree_mailbox(uint64_t node);    /* of a directory (0: the snapshot itself) or a message */
uint32_t tree_uid(uint64_t node);        /* of a message */
uint32_t tree_attachment(uint64_t node); /* of an attachment: n, from 1; 0 of their directory */
uint64_t tree_message_node(uint32_t mailbox, uint32_t uid);

/* What stat() says. All of it is a property of the node, never of the way to it. */
typedef struct {
    uint64_t node;
    TreeKind kind;
    uint64_t size;  /* bytes as stored; of a link the length of its target; of a directory and an attachment 0 */
    int64_t mtime;  /* seconds since 1970: INTERNALDATE, or the date of the snapshot, or of the newest one */
    uint32_t links; /* always 1: a directory does not tell how many it holds (as on btrfs) */
    bool moves;     /* the name it was found under may lead to another node tomorrow */
} TreeAttributes;

/* A tree keeps the shapes of the snapshots it was asked about (mailbox hierarchies, not messages) in a bounded cache.
 * Thread-safe. Borrowed: the repository must outlive it. */
typedef struct Tree Tree;
Tree *tree_new(Repository *repository);
/* MB_ERROR_INVALID when the options make no sense, or name what the repository does not hold. */
Tree *tree_new_shown(Repository *repository, const TreeOptions *options, GError **error);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* The child `name` of directory `parent`. MB_ERROR_NOT_FOUND when there is none, in a snapshot for ever. */
bool tree_lookup(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes, GError **error);

bool tree_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes, GError **error);

/* The parent of a directory node (the root's is the root). Messages have none of their own. */
bool tree_parent(Tree *tree, View *view, uint64_t node, uint64_t *parent, GError **error);

/* The target of a `latest` link, a snapshot's name: of one node always the same. Caller frees. */
char *tree_link_target(const Tree *tree, View *view, uint64_t node, GError **error);

/* The message (its node) whose attachments these are: of their directory and of the files in it. */
bool tree_attachments_of(Tree *tree, uint64_t node, uint64_t *message, GError **error);

/* Calls `visit` for the children of `directory` from `offset` on (0: from the start), without "." and "..". Each comes
 * with the offset of what follows it: stable over time and remounts, so a listing can be resumed anywhere, without
 * state. `visit` returns false to stop (the child was not taken). `name` dies with the call. */
typedef bool (*TreeVisit)(const char *name, const TreeAttributes *attributes, uint64_t next_offset, void *user);
bool tree_list(Tree *tree, View *view, uint64_t directory, uint64_t offset, TreeVisit visit, void *user,
               GError **error);

/* Walks a slash-separated path from the root, following `latest`; "" and "/" are the root. Not into attachments. */
bool tree_walk(Tree *tree, View *view, const char *path, TreeAttributes *attributes, GError **error);

#endif
