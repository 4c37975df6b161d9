/* The names that a tree shows, and what they stand for: how TreeOptions become names. Immutable once made; any thread.
 *
 * Names are valid UTF-8 of at most 255 bytes, never ".", ".." or hidden, without control or bidi characters. */
#ifndef MB_TREE_STYLE_H
#define MB_TREE_STYLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail_types.h"
#include "tree.h"
#include "tree_options.h"

typedef struct {
    TreeLayout layout;
    TreeNames names;
    bool local_time;
    bool text;
    char *date_format; /* NULL: the usual names of snapshots */
} TreeStyle;

/* MB_ERROR_INVALID, in words for people, when the options make no sense. tree_style_clear() in any case. */
bool tree_style_init(TreeStyle *style, const TreeOptions *options, GError **error);
void tree_style_clear(TreeStyle *style);

/* Of a snapshot: different times have different names, which lead back to the time. Caller frees. */
char *tree_snapshot_name(const TreeStyle *style, int64_t time);
bool tree_snapshot_name_time(const TreeStyle *style, const char *name, int64_t *time);

/* One level of a mailbox name as a directory name, never like a message's: what cannot stand as it is becomes %XX, so
 * that different levels get different names (but for NAMES_ASCII). Caller frees. */
char *tree_directory_name(const TreeStyle *style, const uint8_t *level, size_t length);

/* Equal for directory names that people, or in NAMES_WINDOWS file systems, take for the same. Caller frees. */
char *tree_directory_key(const TreeStyle *style, const char *name);

/* "2026-11-20_0915_Bob-Smith_Re-budget.1234.eml", or "1763630100.U1234.mailbackup,S=5678:2,FS". */
void tree_message_name(const TreeStyle *style, const MessageRow *row, char name[TREE_NAME_SIZE]);

/* The UID in a name of that form; 0 when it is not of that form. */
uint32_t tree_message_name_uid(const TreeStyle *style, const char *name);

/* The same for "….1234.eml.d", the hidden directory of a message's attachments. */
uint32_t tree_attachments_name_uid(const TreeStyle *style, const char *name);
void tree_attachments_name(const TreeStyle *style, const MessageRow *row, char name[TREE_NAME_SIZE]);

#endif
