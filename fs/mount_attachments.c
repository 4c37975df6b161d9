#include "mount_attachments.h"

#include "error.h"

static Rendering *take(const MountContext *context, uint64_t directory, int64_t *mtime, GError **error)
{
    TreeAttributes attributes;
    uint64_t message;
    g_autoptr(View) view = view_acquire(context->repository, error);
    if (!view || !tree_attributes(context->tree, view, directory, &attributes, error) ||
        !tree_attachments_of(context->tree, directory, &message, error))
        return NULL;
    g_clear_pointer(&view, view_release);
    *mtime = attributes.mtime;
    return renderings_take(context->renderings, RENDER_ATTACHMENTS, message, error);
}

static TreeAttributes attributes_of(const Rendering *rendering, unsigned index, uint64_t directory, int64_t mtime)
{
    return (TreeAttributes){.node = directory + index + 1,
                            .kind = TREE_IS_ATTACHMENT,
                            .size = rendering_size(rendering, index),
                            .mtime = mtime,
                            .links = 1};
}

bool mount_attachments_lookup(const MountContext *context, uint64_t parent, const char *name,
                              TreeAttributes *attributes, GError **error)
{
    int64_t mtime;
    g_autoptr(Rendering) rendering = take(context, parent, &mtime, error);
    if (!rendering)
        return false;
    for (unsigned i = 0; i < rendering_files(rendering); i++)
        if (g_str_equal(rendering_name(rendering, i), name)) {
            *attributes = attributes_of(rendering, i, parent, mtime);
            return true;
        }
    return mb_error_set(error, MB_ERROR_NOT_FOUND, "no such file or directory");
}

bool mount_attachments_list(const MountContext *context, uint64_t directory, uint64_t offset, TreeVisit visit,
                            void *user, GError **error)
{
    int64_t mtime;
    g_autoptr(Rendering) rendering = take(context, directory, &mtime, error);
    if (!rendering)
        return false;
    for (unsigned i = (unsigned)MIN(offset, TREE_ATTACHMENTS_AT_MOST); i < rendering_files(rendering); i++) {
        TreeAttributes attributes = attributes_of(rendering, i, directory, mtime);
        if (!visit(rendering_name(rendering, i), &attributes, i + 1, user))
            break;
    }
    return true;
}
