/* What the files of the tree share. */
#ifndef MB_TREE_PRIVATE_H
#define MB_TREE_PRIVATE_H

#include "attachment_places.h"
#include "tree.h"
#include "tree_node.h"
#include "tree_shape.h"
#include "tree_style.h"

/* What the root is. */
typedef enum { ROOT_WHOLE, ROOT_ACCOUNT, ROOT_SNAPSHOT, ROOT_NEWEST } TreeRootKind;

struct Tree {
    Repository *repository;
    TreeStyle style;
    TreeRootKind root_kind;
    uint32_t root_number; /* of its account (ROOT_ACCOUNT, ROOT_NEWEST) or snapshot */
    GMutex mutex;
    GHashTable *shapes; /* snapshot -> TreeShape */
    AttachmentPlaces *attachments;
};

/* The place that `node` is: its own, unless it is the root and that begins further down. */
bool tree_place(const Tree *tree, View *view, uint64_t node, uint64_t *place, GError **error);

/* Whether names in `node` may lead to other nodes tomorrow. */
bool tree_children_move(const Tree *tree, uint64_t node);

/* Within a snapshot nothing changes, so a shape once built stays true. Caller unrefs. */
TreeShape *tree_shape_of(Tree *tree, View *view, uint32_t snapshot, GError **error);

TreeAttributes tree_directory_attributes(uint64_t node, int64_t mtime);
TreeAttributes tree_message_attributes(const MessageRow *row);
bool tree_account_attributes(View *view, const AccountInfo *account, TreeAttributes *attributes, GError **error);
bool tree_latest_attributes(const Tree *tree, View *view, uint32_t account, TreeAttributes *attributes, GError **error);

/* A mailbox shown as a Maildir: NULL at the end. */
const char *tree_part_name(MaildirPart part);
bool tree_shows_parts(const Tree *tree, uint64_t directory);
/* Whether messages stand in `directory` itself. */
bool tree_shows_messages(const Tree *tree, uint64_t directory);

#endif
