/* The pages of an LMDB 0.9 file as its format has them, taken apart with every offset checked. Little-endian, 64 bit.
 * Pure; any thread. */
#ifndef MB_CATALOG_PAGE_H
#define MB_CATALOG_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_HEADER_SIZE 16
#define PAGE_BYTES_AT_LEAST 4096
#define PAGE_BYTES_AT_MOST 65536
#define PAGE_NONE UINT64_MAX /* the root of an empty tree */

typedef enum { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_OVERFLOW = 0x04, PAGE_META = 0x08 } PageKind;

typedef struct {
    uint64_t number;
    uint16_t kind;           /* PageKind; nothing else may be set */
    uint16_t nodes;          /* of branch and leaf */
    uint32_t overflow_pages; /* of overflow: pages that belong together */
} PageHeader;

/* What LMDB knows of a tree. */
typedef struct {
    uint32_t pad; /* of the first tree in a meta page: the page size */
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t overflow_pages;
    uint64_t entries;
    uint64_t root;
} PageTree;
#define PAGE_TREE_SIZE 48

typedef struct {
    PageTree free;
    PageTree main;
    uint64_t last_page;
    uint64_t txnid;
} PageMeta;
#define PAGE_META_SIZE (PAGE_HEADER_SIZE + 24 + 2 * PAGE_TREE_SIZE + 16)

typedef struct {
    const uint8_t *key;
    size_t key_length;
    uint64_t child; /* of a branch: page number */
    bool is_tree;   /* of a leaf: the value is a PageTree */
    bool is_big;    /* of a leaf: the value is the number of an overflow page */
    const uint8_t *value;
    size_t value_length; /* its true length, also when it lies elsewhere */
} PageNode;

bool page_header_take(const uint8_t *page, size_t page_bytes, PageHeader *header);
bool page_meta_take(const uint8_t *page, PageMeta *meta);
bool page_tree_take(const uint8_t *bytes, PageTree *tree);
/* Node `index` of a branch or leaf page whose header was taken. */
bool page_node_take(const uint8_t *page, size_t page_bytes, const PageHeader *header, unsigned index, PageNode *node);

#endif
