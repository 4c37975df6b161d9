#include "catalog_verify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog_checksum.h"
#include "catalog_page.h"
#include "cursor.h"
#include "durable.h"
#include "error.h"

#define FILE_NAME "index/data.mdb"
#define LMDB_INTEGER_KEYS 0x08
#define DEPTH_AT_MOST 32
#define PAGES_AT_MOST ((uint64_t)1 << 28) /* of the largest map there is, 1 TiB */

typedef struct Verifier Verifier;

/* What the values of a tree must be. */
typedef bool (*CheckValue)(Verifier *verifier, const PageNode *node, const void *value, int table, GError **error);

struct Verifier {
    int fd;
    size_t page_bytes;
    uint64_t page_count; /* that the snapshot may use */
    uint64_t file_bytes;
    GByteArray *taken; /* a bit for each page */
    GArray *tables;    /* of NamedTree, found in the main tree */
    const char *const *names;
    int name_count;
};

typedef struct {
    int table;
    PageTree tree;
} NamedTree;

/* A page on the way down to where the walk is. */
typedef struct {
    uint8_t *page;
    PageHeader header;
    unsigned next; /* node */
} Level;

typedef struct {
    Verifier *verifier;
    const PageTree *tree;
    int table;
    CheckValue check_value;
    Level levels[DEPTH_AT_MOST];
    unsigned depth;
    GByteArray *bound; /* the last key; what follows is greater */
    bool may_equal;    /* or equal: the bound comes from a branch */
    PageTree seen;     /* pages and entries counted */
} Walk;

static bool damaged(GError **error, uint64_t page, const char *what)
{
    return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: page %" G_GUINT64_FORMAT " %s", page, what);
}

static bool read_file(Verifier *verifier, uint64_t page, void *data, size_t length, GError **error)
{
    return durable_read_at(verifier->fd, data, length, page * verifier->page_bytes, FILE_NAME, error);
}

/* Every page belongs to one place: a second claim on it is damage. */
static bool claim(Verifier *verifier, uint64_t page, uint64_t count, GError **error)
{
    if (page < 2 || page >= verifier->page_count || count > verifier->page_count - page)
        return damaged(error, page, "does not exist");
    for (uint64_t i = page; i < page + count; i++) {
        uint8_t *byte = &verifier->taken->data[i / 8], bit = (uint8_t)(1u << i % 8);
        if (*byte & bit)
            return damaged(error, i, "is used twice");
        *byte |= bit;
    }
    return true;
}

static bool claim_in_file(Verifier *verifier, uint64_t page, uint64_t count, GError **error)
{
    if (!claim(verifier, page, count, error))
        return false;
    return (page + count) * verifier->page_bytes <= verifier->file_bytes ||
           damaged(error, page, "is behind the end of the file");
}

static int compare_keys(const Walk *walk, const PageNode *node)
{
    const GByteArray *bound = walk->bound;
    if (walk->tree->flags & LMDB_INTEGER_KEYS) {
        Reader left = reader_of(node->key, node->key_length), right = reader_of(bound->data, bound->len);
        uint64_t number = take_u64(&left), last = take_u64(&right);
        return (number > last) - (number < last);
    }
    int order = memcmp(node->key, bound->data, MIN(node->key_length, bound->len));
    return order != 0 ? order : (node->key_length > bound->len) - (node->key_length < bound->len);
}

/* Keys ascend over all pages, and a branch tells the truth about the keys below it. */
static bool check_order(Walk *walk, const PageNode *node, bool is_branch, uint64_t page, GError **error)
{
    if ((walk->tree->flags & LMDB_INTEGER_KEYS) && node->key_length != sizeof(uint64_t))
        return damaged(error, page, "has a key that makes no sense");
    int order = walk->bound->len > 0 ? compare_keys(walk, node) : 1;
    if (order < 0 || (order == 0 && !walk->may_equal))
        return damaged(error, page, "has its keys in the wrong order");
    g_byte_array_set_size(walk->bound, 0);
    g_byte_array_append(walk->bound, node->key, (guint)node->key_length);
    walk->may_equal = is_branch;
    return true;
}

static bool check_big_value(Walk *walk, const PageNode *node, GError **error)
{
    Verifier *verifier = walk->verifier;
    Reader in = reader_of(node->value, sizeof(uint64_t));
    uint64_t page = take_u64(&in), bytes = PAGE_HEADER_SIZE + (uint64_t)node->value_length;
    uint64_t pages = (bytes + verifier->page_bytes - 1) / verifier->page_bytes;
    if (!claim_in_file(verifier, page, pages, error))
        return false;
    g_autofree uint8_t *stored = g_malloc(bytes);
    PageHeader header;
    if (!read_file(verifier, page, stored, bytes, error))
        return false;
    if (!page_header_take(stored, verifier->page_bytes, &header) || header.kind != PAGE_OVERFLOW ||
        header.number != page || header.overflow_pages != pages)
        return damaged(error, page, "is not the large value it should be");
    walk->seen.overflow_pages += pages;
    return walk->check_value(verifier, node, stored + PAGE_HEADER_SIZE, walk->table, error);
}

static bool check_leaf_node(Walk *walk, const PageNode *node, uint64_t page, GError **error)
{
    walk->seen.entries++;
    if (!check_order(walk, node, false, page, error))
        return false;
    if (node->is_big)
        return check_big_value(walk, node, error);
    if (walk->check_value(walk->verifier, node, node->value, walk->table, error))
        return true;
    g_prefix_error(error, "page %" G_GUINT64_FORMAT ": ", page);
    return false;
}

static bool descend(Walk *walk, uint64_t page, GError **error)
{
    Verifier *verifier = walk->verifier;
    Level *level = &walk->levels[walk->depth];
    if (!claim_in_file(verifier, page, 1, error))
        return false;
    if (!level->page)
        level->page = g_malloc(verifier->page_bytes);
    if (!read_file(verifier, page, level->page, verifier->page_bytes, error))
        return false;
    bool is_last = ++walk->depth == walk->tree->depth;
    if (!page_header_take(level->page, verifier->page_bytes, &level->header) || level->header.number != page ||
        level->header.kind != (is_last ? PAGE_LEAF : PAGE_BRANCH))
        return damaged(error, page, "is not what it should be");
    level->next = 0;
    *(is_last ? &walk->seen.leaf_pages : &walk->seen.branch_pages) += 1;
    return true;
}

/* One step of the walk in the order of keys: a row is checked, or a page entered. */
static bool step(Walk *walk, Level *level, GError **error)
{
    uint64_t page = level->header.number;
    unsigned index = level->next++;
    PageNode node;
    if (!page_node_take(level->page, walk->verifier->page_bytes, &level->header, index, &node))
        return damaged(error, page, "has a row outside of it");
    if (level->header.kind == PAGE_LEAF)
        return check_leaf_node(walk, &node, page, error);
    /* The first key of a branch stands for "everything before the second" and means nothing. */
    return (index == 0 || check_order(walk, &node, true, page, error)) && descend(walk, node.child, error);
}

static bool walk_all(Walk *walk, GError **error)
{
    if (walk->tree->root != PAGE_NONE && !descend(walk, walk->tree->root, error))
        return false;
    while (walk->depth > 0) {
        Level *level = &walk->levels[walk->depth - 1];
        if (level->next == level->header.nodes)
            walk->depth--;
        else if (!step(walk, level, error))
            return false;
    }
    return true;
}

static bool counts_agree(const PageTree *tree, const PageTree *seen)
{
    return tree->entries == seen->entries && tree->leaf_pages == seen->leaf_pages &&
           tree->branch_pages == seen->branch_pages && tree->overflow_pages == seen->overflow_pages;
}

static bool verify_tree(Verifier *verifier, const PageTree *tree, int table, CheckValue check_value, GError **error)
{
    if (tree->depth > DEPTH_AT_MOST)
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a table is too deep");
    g_autoptr(GByteArray) bound = g_byte_array_new();
    Walk walk = {.verifier = verifier, .tree = tree, .table = table, .check_value = check_value, .bound = bound};
    bool whole = walk_all(&walk, error);
    for (unsigned i = 0; i < DEPTH_AT_MOST; i++)
        g_free(walk.levels[i].page);
    if (!whole || counts_agree(tree, &walk.seen))
        return whole;
    return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: rows are missing from a table");
}

/* A record of the list of free pages: how many, and their numbers. */
static bool check_free_pages(Verifier *verifier, const PageNode *node, const void *value, int table, GError **error)
{
    (void)table;
    Reader in = reader_of(value, node->value_length);
    uint64_t count = take_u64(&in);
    if (node->is_tree || in.failed || count > reader_left(&in) / sizeof(uint64_t))
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: the list of free pages makes no sense");
    for (uint64_t i = 0; i < count; i++)
        if (!claim(verifier, take_u64(&in), 1, error))
            return false;
    return true;
}

static int table_by_name(const Verifier *verifier, const PageNode *node)
{
    for (int i = 0; i < verifier->name_count; i++)
        if (strlen(verifier->names[i]) == node->key_length &&
            memcmp(verifier->names[i], node->key, node->key_length) == 0)
            return i;
    return -1;
}

static bool check_table_entry(Verifier *verifier, const PageNode *node, const void *value, int table, GError **error)
{
    (void)table;
    NamedTree named = {.table = table_by_name(verifier, node)};
    if (named.table < 0 || !node->is_tree || !page_tree_take(value, &named.tree) || named.tree.flags != 0)
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: the list of tables makes no sense");
    g_array_append_val(verifier->tables, named);
    return true;
}

static bool check_row(Verifier *verifier, const PageNode *node, const void *value, int table, GError **error)
{
    if (!node->is_tree &&
        catalog_checksum_verify((CatalogTable)table, node->key, node->key_length, value, node->value_length))
        return true;
    return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a value in table %s has a wrong checksum",
                        verifier->names[table]);
}

static bool verify_trees(Verifier *verifier, const PageMeta *meta, GError **error)
{
    if (!verify_tree(verifier, &meta->free, -1, check_free_pages, error) ||
        !verify_tree(verifier, &meta->main, -1, check_table_entry, error))
        return false;
    for (guint i = 0; i < verifier->tables->len; i++) {
        const NamedTree *named = &g_array_index(verifier->tables, NamedTree, i);
        if (!verify_tree(verifier, &named->tree, named->table, check_row, error))
            return false;
    }
    return true;
}

static bool read_meta(int fd, uint64_t number, size_t page_bytes, PageMeta *meta, GError **error)
{
    uint8_t page[PAGE_META_SIZE];
    if (!durable_read_at(fd, page, sizeof page, number * page_bytes, FILE_NAME, error))
        return false;
    if (!page_meta_take(page, meta) || meta->free.flags != LMDB_INTEGER_KEYS || meta->main.flags != 0 ||
        meta->last_page >= PAGES_AT_MOST)
        return damaged(error, number, "is not what it should be");
    return true;
}

static bool is_page_size(uint64_t bytes)
{
    return bytes >= PAGE_BYTES_AT_LEAST && bytes <= PAGE_BYTES_AT_MOST && (bytes & (bytes - 1)) == 0;
}

bool catalog_verify_metas(int fd, GError **error)
{
    PageMeta first, second;
    if (!read_meta(fd, 0, 0, &first, error))
        return false;
    if (!is_page_size(first.free.pad))
        return damaged(error, 0, "is not what it should be");
    if (!read_meta(fd, 1, first.free.pad, &second, error))
        return false;
    return second.free.pad == first.free.pad ? true : damaged(error, 1, "is not what it should be");
}

/* LMDB keeps the meta page of a transaction in the page of its number's last bit. */
static bool read_meta_of(int fd, uint64_t txnid, PageMeta *meta, GError **error)
{
    PageMeta first;
    if (!read_meta(fd, 0, 0, &first, error) || !read_meta(fd, txnid & 1, first.free.pad, meta, error))
        return false;
    if (meta->txnid > txnid && ((meta->txnid - txnid) & 1) == 0)
        return mb_error_set(error, MB_ERROR_AGAIN, "the index was written to meanwhile");
    return meta->txnid == txnid ? true : damaged(error, txnid & 1, "is of another time");
}

bool catalog_verify_pages(int fd, uint64_t txnid, const char *const *tables, int table_count, GError **error)
{
    PageMeta meta;
    struct stat status;
    if (!read_meta_of(fd, txnid, &meta, error))
        return false;
    if (fstat(fd, &status) != 0)
        return mb_error_errno(error, errno, "cannot look at " FILE_NAME);
    g_autoptr(GByteArray) taken = g_byte_array_new();
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(NamedTree));
    Verifier verifier = {.fd = fd,
                         .page_bytes = meta.free.pad,
                         .page_count = meta.last_page + 1,
                         .file_bytes = (uint64_t)status.st_size,
                         .taken = taken,
                         .tables = found,
                         .names = tables,
                         .name_count = table_count};
    g_byte_array_set_size(taken, (guint)(verifier.page_count / 8 + 1));
    memset(taken->data, 0, taken->len);
    return verify_trees(&verifier, &meta, error);
}
