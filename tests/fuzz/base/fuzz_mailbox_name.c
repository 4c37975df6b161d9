/* A name that decodes is told apart from all others by its decoded form; all text can be a name. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const uint8_t *name, size_t length)
{
    g_autofree char *text = mailbox_name_decode(name, length);
    if (!text)
        return;
    g_autofree char *again = mailbox_name_encode(text);
    if (strlen(again) != length || memcmp(again, name, length) != 0 || !g_utf8_validate(text, -1, NULL))
        abort();
}

static void check_text(const char *text)
{
    g_autofree char *name = mailbox_name_encode(text);
    g_autofree char *again = mailbox_name_decode((const uint8_t *)name, strlen(name));
    if (!again || !g_str_equal(again, text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_name(data, size);
    g_autofree char *text = g_strndup((const char *)data, size);
    if (g_utf8_validate(text, -1, NULL))
        check_text(text);
    return 0;
}
