#include "message_gmime.h"

#include <dlfcn.h>
#include <gmime/gmime.h>

#define LIBRARY "libgmime-3.0.so.0"

/* What is called here. */
#define FUNCTIONS(X)                                                                                                   \
    X(g_mime_init)                                                                                                     \
    X(g_mime_utils_header_decode_text)                                                                                 \
    X(internet_address_get_name)                                                                                       \
    X(internet_address_list_get_address)                                                                               \
    X(internet_address_list_length)                                                                                    \
    X(internet_address_list_parse)                                                                                     \
    X(internet_address_mailbox_get_addr)                                                                               \
    X(internet_address_mailbox_get_type)

#define DECLARE(name) __typeof__(name) *name; /* NOLINT(bugprone-macro-parentheses): the name of a field */
typedef struct {
    FUNCTIONS(DECLARE)
} Gmime;

static void *look_up(void *library, const char *name)
{
    void *function = library ? dlsym(library, name) : NULL;
    if (!function)
        g_error("cannot use GMime: %s", dlerror());
    return function;
}

#define LOOK_UP(name) *(void **)&functions->name = look_up(library, #name);
static Gmime *load(void)
{
    Gmime *functions = g_new0(Gmime, 1);
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    FUNCTIONS(LOOK_UP)
    functions->g_mime_init();
    return functions;
}

static const Gmime *gmime(void)
{
    static const Gmime *loaded;
    if (g_once_init_enter(&loaded))
        g_once_init_leave(&loaded, load());
    return loaded;
}

void message_start_gmime(void)
{
    gmime();
}

char *message_decode_words(const char *text)
{
    return gmime()->g_mime_utils_header_decode_text(NULL, text);
}

/* NULL when it has none. */
static char *text_of_address(InternetAddress *address)
{
    const char *name = gmime()->internet_address_get_name(address);
    if (name && *name)
        return g_strdup(name);
    if (G_TYPE_CHECK_INSTANCE_TYPE(address, gmime()->internet_address_mailbox_get_type()))
        return g_strdup(gmime()->internet_address_mailbox_get_addr((InternetAddressMailbox *)address));
    return NULL;
}

static char *text_of_first(InternetAddressList *list)
{
    return gmime()->internet_address_list_length(list) > 0
               ? text_of_address(gmime()->internet_address_list_get_address(list, 0))
               : NULL;
}

char *message_sender(const char *from)
{
    InternetAddressList *list = gmime()->internet_address_list_parse(NULL, from);
    char *text = list ? text_of_first(list) : NULL;
    g_clear_object(&list);
    return text ? text : g_strdup(from);
}
