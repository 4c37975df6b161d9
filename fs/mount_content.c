#include "mount_content.h"

#include "error.h"

bool mount_content_is_made(const MountContext *context, uint64_t node)
{
    TreeKind kind = tree_kind(node);
    return kind == TREE_IS_ATTACHMENT || (kind == TREE_IS_MESSAGE && context->text);
}

/* *index is the file that `node` is in what is returned. */
static Rendering *take(const MountContext *context, uint64_t node, unsigned *index, GError **error)
{
    uint64_t message = node;
    bool is_attachment = tree_kind(node) == TREE_IS_ATTACHMENT;
    if (is_attachment && !tree_attachments_of(context->tree, node, &message, error))
        return NULL;
    *index = is_attachment ? tree_attachment(node) - 1 : 0;
    g_autoptr(Rendering) rendering =
        renderings_take(context->renderings, is_attachment ? RENDER_ATTACHMENTS : RENDER_TEXT, message, error);
    if (!rendering || *index < rendering_files(rendering))
        return g_steal_pointer(&rendering);
    mb_error_set(error, MB_ERROR_NOT_FOUND, "no such file or directory");
    return NULL;
}

bool mount_content_has_size(const MountContext *context, TreeAttributes *attributes)
{
    return !mount_content_is_made(context, attributes->node) || tree_kind(attributes->node) == TREE_IS_ATTACHMENT ||
           renderings_known_size(context->renderings, attributes->node, &attributes->size);
}

bool mount_content_measure(const MountContext *context, TreeAttributes *attributes, GError **error)
{
    unsigned index;
    if (!mount_content_is_made(context, attributes->node) ||
        (attributes->kind == TREE_IS_MESSAGE && mount_content_has_size(context, attributes)))
        return true;
    g_autoptr(Rendering) rendering = take(context, attributes->node, &index, error);
    if (rendering)
        attributes->size = rendering_size(rendering, index);
    return rendering != NULL;
}

bool mount_content_read(const MountContext *context, uint64_t node, uint64_t offset, size_t size, GByteArray *data,
                        GError **error)
{
    unsigned index;
    g_autoptr(Rendering) rendering = take(context, node, &index, error);
    if (!rendering)
        return false;
    uint64_t whole = rendering_size(rendering, index);
    g_byte_array_set_size(data, (guint)(offset < whole ? MIN(whole - offset, (uint64_t)size) : 0));
    for (size_t done = 0, got; done < data->len; done += got) {
        if (!rendering_read(rendering, index, offset + done, data->data + done, data->len - done, &got, error))
            return false;
        if (got == 0)
            return mb_error_set(error, MB_ERROR_CORRUPT, "it ends before its size");
    }
    return true;
}
