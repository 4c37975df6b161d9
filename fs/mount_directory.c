#include "mount_directory.h"

#include "mount_attachments.h"
#include "mount_attributes.h"
#include "mount_content.h"

/* "." and ".." come first, so the offsets of the tree, which start at 0, are moved up by two. */
#define OFFSET_AFTER_DOT 1
#define OFFSET_AFTER_DOT_DOT 2

typedef struct {
    const MountContext *context;
    const DirectoryRequest *request;
    DirectoryAnswer *answer;
} Listing;

static bool add_entry(Listing *listing, const char *name, const struct fuse_entry_param *entry, uint64_t next_offset)
{
    DirectoryAnswer *answer = listing->answer;
    answer->is_full = answer->length >= listing->request->enough;
    if (answer->is_full)
        return false;
    char *at = answer->bytes + answer->length;
    size_t left = listing->request->size - answer->length;
    /* libfuse does not look at the request. */
    size_t needed = listing->request->plus ? fuse_add_direntry_plus(NULL, at, left, name, entry, (off_t)next_offset)
                                           : fuse_add_direntry(NULL, at, left, name, &entry->attr, (off_t)next_offset);
    answer->is_full = needed > left;
    if (answer->is_full)
        return false;
    answer->length += needed;
    answer->next_offset = next_offset;
    return true;
}

static bool add_child(const char *name, const TreeAttributes *attributes, uint64_t next_offset, void *user)
{
    Listing *listing = user;
    struct fuse_entry_param entry;
    TreeAttributes complete = *attributes;
    bool measured = mount_content_has_size(listing->context, &complete);
    mount_fill_entry(listing->context, &complete, &entry);
    if (!measured)
        entry.ino = 0; /* no attributes: the kernel asks for those of the files that somebody wants to know */
    return add_entry(listing, name, &entry, next_offset + OFFSET_AFTER_DOT_DOT);
}

/* Node id 0 tells the kernel that an entry carries no attributes to remember. */
static void add_dots(Listing *listing, uint64_t parent)
{
    struct fuse_entry_param entry = {.attr.st_mode = S_IFDIR};
    uint64_t offset = listing->request->offset;
    entry.attr.st_ino = listing->request->node;
    if (offset < OFFSET_AFTER_DOT && !add_entry(listing, ".", &entry, OFFSET_AFTER_DOT))
        return;
    entry.attr.st_ino = parent;
    if (offset < OFFSET_AFTER_DOT_DOT)
        add_entry(listing, "..", &entry, OFFSET_AFTER_DOT_DOT);
}

static bool find_parent(const MountContext *context, uint64_t node, uint64_t *parent, GError **error)
{
    g_autoptr(View) view = view_acquire(context->repository, error);
    return view && tree_parent(context->tree, view, node, parent, error);
}

static bool list_children(Listing *listing, uint64_t offset, GError **error)
{
    const MountContext *context = listing->context;
    uint64_t node = listing->request->node;
    if (tree_kind(node) == TREE_IS_ATTACHMENTS)
        return mount_attachments_list(context, node, offset, add_child, listing, error);
    g_autoptr(View) view = view_acquire(context->repository, error);
    return view && tree_list(context->tree, view, node, offset, add_child, listing, error);
}

static bool fill(Listing *listing, GError **error)
{
    const DirectoryRequest *request = listing->request;
    uint64_t parent;
    if (request->offset < OFFSET_AFTER_DOT_DOT) {
        if (!find_parent(listing->context, request->node, &parent, error))
            return false;
        add_dots(listing, parent);
    }
    if (listing->answer->is_full)
        return true;
    uint64_t offset = request->offset > OFFSET_AFTER_DOT_DOT ? request->offset - OFFSET_AFTER_DOT_DOT : 0;
    return list_children(listing, offset, error);
}

void directory_answer_free(DirectoryAnswer *answer)
{
    if (!answer)
        return;
    g_free(answer->bytes);
    g_free(answer);
}

DirectoryAnswer *mount_directory_list(const MountContext *context, const DirectoryRequest *request, GError **error)
{
    g_autoptr(DirectoryAnswer) answer = g_new0(DirectoryAnswer, 1);
    answer->bytes = g_malloc(request->size);
    Listing listing = {context, request, answer};
    return fill(&listing, error) ? g_steal_pointer(&answer) : NULL;
}
