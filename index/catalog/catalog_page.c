#include "catalog_page.h"

#include "cursor.h"

#define LMDB_MAGIC 0xbeefc0deu
#define LMDB_DATA_VERSION 1
#define NODE_BIG 0x01
#define NODE_TREE 0x02

bool page_header_take(const uint8_t *page, size_t page_bytes, PageHeader *header)
{
    Reader in = reader_of(page, PAGE_HEADER_SIZE);
    header->number = take_u64(&in);
    take_u16(&in); /* padding */
    header->kind = take_u16(&in);
    header->nodes = 0;
    header->overflow_pages = 0;
    if (header->kind == PAGE_OVERFLOW) {
        header->overflow_pages = take_u32(&in);
        return header->overflow_pages > 0;
    }
    uint16_t lower = take_u16(&in), upper = take_u16(&in);
    header->nodes = (uint16_t)((lower - PAGE_HEADER_SIZE) / 2);
    return (header->kind == PAGE_BRANCH || header->kind == PAGE_LEAF) && lower >= PAGE_HEADER_SIZE && lower % 2 == 0 &&
           lower <= upper && upper <= page_bytes;
}

bool page_tree_take(const uint8_t *bytes, PageTree *tree)
{
    Reader in = reader_of(bytes, PAGE_TREE_SIZE);
    tree->pad = take_u32(&in);
    tree->flags = take_u16(&in);
    tree->depth = take_u16(&in);
    tree->branch_pages = take_u64(&in);
    tree->leaf_pages = take_u64(&in);
    tree->overflow_pages = take_u64(&in);
    tree->entries = take_u64(&in);
    tree->root = take_u64(&in);
    return reader_done(&in) && (tree->root == PAGE_NONE) == (tree->depth == 0);
}

bool page_meta_take(const uint8_t *page, PageMeta *meta)
{
    Reader in = reader_of(page, PAGE_META_SIZE);
    take_bytes(&in, 10); /* page number and padding */
    uint16_t kind = take_u16(&in);
    take_u32(&in);
    uint32_t magic = take_u32(&in), version = take_u32(&in);
    take_bytes(&in, 16); /* address and size of the map, which LMDB does not use */
    const uint8_t *free = take_bytes(&in, PAGE_TREE_SIZE), *main = take_bytes(&in, PAGE_TREE_SIZE);
    meta->last_page = take_u64(&in);
    meta->txnid = take_u64(&in);
    return kind == PAGE_META && magic == LMDB_MAGIC && version == LMDB_DATA_VERSION &&
           page_tree_take(free, &meta->free) && page_tree_take(main, &meta->main);
}

bool page_node_take(const uint8_t *page, size_t page_bytes, const PageHeader *header, unsigned index, PageNode *node)
{
    Reader pointers = reader_of(page + PAGE_HEADER_SIZE + 2 * (size_t)index, 2);
    size_t offset = take_u16(&pointers), nodes_begin = PAGE_HEADER_SIZE + 2 * (size_t)header->nodes;
    if (offset < nodes_begin || offset >= page_bytes || offset % 2 != 0)
        return false;
    Reader in = reader_of(page + offset, page_bytes - offset);
    uint64_t low = take_u16(&in), high = take_u16(&in), flags = take_u16(&in);
    node->key_length = take_u16(&in);
    node->key = take_bytes(&in, node->key_length);
    if (header->kind == PAGE_BRANCH) {
        node->child = low | high << 16 | flags << 32;
        return !in.failed;
    }
    node->is_big = flags == NODE_BIG;
    node->is_tree = flags == NODE_TREE;
    node->value_length = low | high << 16;
    node->value = take_bytes(&in, node->is_big ? sizeof(uint64_t) : node->value_length);
    return !in.failed && (flags == 0 || node->is_big || node->is_tree) &&
           (!node->is_tree || node->value_length == PAGE_TREE_SIZE);
}
