#include "tree_node.h"

#define MARK_LATEST (UINT64_C(1) << 59)
#define MARK_ACCOUNT (UINT64_C(1) << 60)
#define MARK_DIRECTORY (UINT64_C(1) << 61)
#define MARK_MESSAGE (UINT64_C(1) << 62)
#define MARK_ATTACHMENTS (UINT64_C(1) << 63)

#define MAILBOX_MASK 0x3fffffffu
#define SNAPSHOT_MASK 0x1fffffffu
#define PART_SHIFT 30
#define PLACE_SHIFT 16

uint64_t node_of_account(uint32_t account)
{
    return MARK_ACCOUNT | account;
}

uint64_t node_of_latest(uint32_t snapshot)
{
    return MARK_LATEST | snapshot;
}

uint64_t node_of_directory(uint32_t snapshot, uint32_t mailbox)
{
    return MARK_DIRECTORY | (uint64_t)snapshot << 32 | mailbox;
}

uint64_t node_of_part(uint64_t directory, MaildirPart part)
{
    return directory | (uint64_t)part << PART_SHIFT;
}

uint64_t tree_message_node(uint32_t mailbox, uint32_t uid)
{
    return MARK_MESSAGE | (uint64_t)mailbox << 32 | uid;
}

uint64_t node_of_attachments(uint32_t place)
{
    return MARK_ATTACHMENTS | (uint64_t)place << PLACE_SHIFT;
}

uint32_t node_attachments_place(uint64_t node)
{
    return (uint32_t)((node & ~MARK_ATTACHMENTS) >> PLACE_SHIFT);
}

MaildirPart node_part(uint64_t directory)
{
    return (MaildirPart)((uint32_t)directory >> PART_SHIFT);
}

uint64_t node_without_part(uint64_t directory)
{
    return directory & ~((uint64_t)3 << PART_SHIFT);
}

TreeKind tree_kind(uint64_t node)
{
    if (node == TREE_ROOT)
        return TREE_IS_ROOT;
    if (node & MARK_ATTACHMENTS)
        return tree_attachment(node) == 0 ? TREE_IS_ATTACHMENTS : TREE_IS_ATTACHMENT;
    if (node & MARK_MESSAGE)
        return TREE_IS_MESSAGE;
    if (node & MARK_DIRECTORY)
        return TREE_IS_DIRECTORY;
    if (node >> 32 == MARK_ACCOUNT >> 32)
        return TREE_IS_ACCOUNT;
    return node >> 32 == MARK_LATEST >> 32 ? TREE_IS_LATEST : TREE_NONE;
}

uint32_t tree_account(uint64_t node)
{
    return (uint32_t)node;
}

uint32_t tree_snapshot(uint64_t node)
{
    return tree_kind(node) == TREE_IS_LATEST ? (uint32_t)node : (uint32_t)(node >> 32) & SNAPSHOT_MASK;
}

uint32_t tree_mailbox(uint64_t node)
{
    return (tree_kind(node) == TREE_IS_MESSAGE ? (uint32_t)(node >> 32) : (uint32_t)node) & MAILBOX_MASK;
}

uint32_t tree_uid(uint64_t node)
{
    return (uint32_t)node;
}

uint32_t tree_attachment(uint64_t node)
{
    return (uint32_t)(node & TREE_ATTACHMENTS_AT_MOST);
}
