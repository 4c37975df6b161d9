/* The names that the tree shows, made from what the server called things. Pure; any thread. */
#ifndef MB_TREE_NAMES_H
#define MB_TREE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail_types.h"
#include "tree.h"

/* One level of a mailbox name as a directory name. Readable (modified UTF-7 is decoded), valid UTF-8, at most 255
 * bytes, never ".", ".." or hidden, no control or bidi characters, and never like a message's: what cannot stand as it
 * is becomes %XX, so that different levels get different names. Caller frees. */
char *tree_directory_name(const uint8_t *level, size_t length);

/* "2026-11-20_0915_Bob-Smith_Re-budget.1234.eml": date and time in UTC. */
void tree_message_name(const MessageRow *row, char name[TREE_NAME_SIZE]);

/* The UID in a name of that form; 0 when it is not of that form. */
uint32_t tree_message_name_uid(const char *name);

/* The time in a snapshot's name "2026-11-22T05-14-00Z"; false when it is none. */
bool tree_snapshot_name_time(const char *name, int64_t *time);

#endif
