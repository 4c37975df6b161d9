#include "mailbox_namespaces.h"

#include <string.h>

typedef struct {
    GBytes *prefix;
    char delimiter;
    bool personal;
} Namespace;

struct MailboxNamespaces {
    GArray *all; /* of Namespace */
};

static void namespace_clear(void *data)
{
    g_bytes_unref(((Namespace *)data)->prefix);
}

MailboxNamespaces *mailbox_namespaces_new(void)
{
    MailboxNamespaces *namespaces = g_new0(MailboxNamespaces, 1);
    namespaces->all = g_array_new(FALSE, FALSE, sizeof(Namespace));
    g_array_set_clear_func(namespaces->all, namespace_clear);
    return namespaces;
}

void mailbox_namespaces_free(MailboxNamespaces *namespaces)
{
    if (!namespaces)
        return;
    g_array_unref(namespaces->all);
    g_free(namespaces);
}

void mailbox_namespaces_note(MailboxNamespaces *namespaces, const ImapNamespaces *told)
{
    g_array_set_size(namespaces->all, 0);
    for (unsigned i = 0; i < told->count; i++) {
        const ImapNamespace *one = &told->all[i];
        Namespace copy = {.prefix = g_bytes_new(one->prefix.bytes, one->prefix.length),
                          .delimiter = one->delimiter,
                          .personal = one->personal};
        g_array_append_val(namespaces->all, copy);
    }
}

/* What lies below the prefix, and its topmost level, whose name lacks the delimiter. */
static bool holds(const Namespace *space, const uint8_t *name, size_t length)
{
    gsize prefix_length;
    const uint8_t *prefix = g_bytes_get_data(space->prefix, &prefix_length);
    if (prefix_length == 0)
        return true;
    bool ends_in_delimiter = prefix[prefix_length - 1] == (uint8_t)space->delimiter;
    size_t compared = length == prefix_length - 1 && ends_in_delimiter ? length : prefix_length;
    return length >= compared && memcmp(name, prefix, compared) == 0;
}

static bool is_inbox(const uint8_t *name, size_t length)
{
    return length == strlen("INBOX") && g_ascii_strncasecmp((const char *)name, "INBOX", length) == 0;
}

bool mailbox_namespaces_is_personal(const MailboxNamespaces *namespaces, const uint8_t *name, size_t length)
{
    const Namespace *found = NULL;
    if (is_inbox(name, length))
        return true;
    for (guint i = 0; i < namespaces->all->len; i++) {
        const Namespace *space = &g_array_index(namespaces->all, Namespace, i);
        if (holds(space, name, length) && (!found || g_bytes_get_size(space->prefix) > g_bytes_get_size(found->prefix)))
            found = space;
    }
    return !found || found->personal;
}
