#include "mount_xattr.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "message_facts.h"
#include "mount_context.h"

#define PREFIX "user.mailbackup."

/* First the size alone is asked for, with room for nothing. */
static void reply_value(fuse_req_t request, const char *value, size_t length, size_t size)
{
    if (size == 0)
        fuse_reply_xattr(request, length);
    else if (length > size)
        fuse_reply_err(request, ERANGE);
    else
        fuse_reply_buf(request, value, length);
}

void operation_getxattr(fuse_req_t request, fuse_ino_t node, const char *name, size_t size)
{
    MountContext *context = fuse_req_userdata(request);
    g_autoptr(GError) error = NULL;
    if (!context->extended_attributes) {
        fuse_reply_err(request, ENOSYS);
        return;
    }
    bool known = tree_kind(node) == TREE_IS_MESSAGE && g_str_has_prefix(name, PREFIX);
    g_autofree char *fact = known ? message_fact(context->repository, node, name + strlen(PREFIX), &error) : NULL;
    if (fact)
        reply_value(request, fact, strlen(fact), size);
    else
        fuse_reply_err(request, !known || g_error_matches(error, MB_ERROR, MB_ERROR_NOT_FOUND) ? ENODATA : EIO);
    if (known && !fact && !g_error_matches(error, MB_ERROR, MB_ERROR_NOT_FOUND))
        damage_log_node(context->damage, node, error);
}

/* All names that there are: whether a message has such a field is known when somebody asks for it. */
void operation_listxattr(fuse_req_t request, fuse_ino_t node, size_t size)
{
    MountContext *context = fuse_req_userdata(request);
    g_autoptr(GString) names = g_string_new(NULL);
    if (!context->extended_attributes) {
        fuse_reply_err(request, ENOSYS);
        return;
    }
    for (const char *const *name = message_facts(); tree_kind(node) == TREE_IS_MESSAGE && *name; name++) {
        g_string_append_printf(names, PREFIX "%s", *name);
        g_string_append_c(names, '\0');
    }
    reply_value(request, names->str, names->len, size);
}
