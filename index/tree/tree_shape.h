/* The directories of one snapshot: its mailbox hierarchy, built once and then only read. Reference-counted; any thread.
 */
#ifndef MB_TREE_SHAPE_H
#define MB_TREE_SHAPE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "mail_types.h"
#include "tree_style.h"

typedef struct {
    uint32_t mailbox;
    uint32_t parent; /* mailbox number; 0: the snapshot's own directory */
    char *name;
} ShapeDirectory;

typedef struct TreeShape TreeShape;

/* `mailboxes` as view_mailboxes() gives them. */
TreeShape *tree_shape_new(const TreeStyle *style, const SnapshotInfo *snapshot, const GPtrArray *mailboxes);
TreeShape *tree_shape_ref(TreeShape *shape);
void tree_shape_unref(TreeShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TreeShape, tree_shape_unref)

const SnapshotInfo *tree_shape_snapshot(const TreeShape *shape);
/* NULL when the snapshot does not show that mailbox. */
const ShapeDirectory *tree_shape_directory(const TreeShape *shape, uint32_t mailbox);
const ShapeDirectory *tree_shape_child(const TreeShape *shape, uint32_t parent, const char *name);
/* The first child of `parent` whose number is above `after`; NULL when there is none. */
const ShapeDirectory *tree_shape_next_child(const TreeShape *shape, uint32_t parent, uint32_t after);

#endif
