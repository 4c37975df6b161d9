/* The numbers of places in the tree: the scheme of tree.h as arithmetic. Pure. */
#ifndef MB_TREE_NODE_H
#define MB_TREE_NODE_H

#include "tree.h"

/* What a directory of a mailbox is: itself, or a part of the Maildir that it is shown as. */
typedef enum { PART_MAILBOX, PART_CUR, PART_NEW, PART_TMP } MaildirPart;

uint64_t node_of_account(uint32_t account);
uint64_t node_of_latest(uint32_t snapshot);
uint64_t node_of_directory(uint32_t snapshot, uint32_t mailbox);
uint64_t node_of_part(uint64_t directory, MaildirPart part);
uint64_t node_of_attachments(uint32_t place);

uint32_t node_attachments_place(uint64_t node); /* also of a file there */
MaildirPart node_part(uint64_t directory);
/* The mailbox's own directory, of which `directory` may be a part. */
uint64_t node_without_part(uint64_t directory);

#endif
