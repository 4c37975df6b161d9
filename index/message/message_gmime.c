#include "message_gmime.h"

#include <gmime/gmime.h>

#include "lazy_library.h"

#define LIBRARY "libgmime-3.0.so.0"

typedef struct {
    __typeof__(g_mime_init) *init;
    __typeof__(g_mime_utils_header_decode_text) *decode_text;
    __typeof__(internet_address_list_parse) *list_parse;
    __typeof__(internet_address_list_length) *list_length;
    __typeof__(internet_address_list_get_address) *list_get;
    __typeof__(internet_address_get_name) *get_name;
    __typeof__(internet_address_mailbox_get_addr) *get_address;
    __typeof__(internet_address_mailbox_get_type) *mailbox_type;
} Gmime;

static const Gmime *load(GError **error)
{
    static Gmime gmime;
    const LazyFunction functions[] = {{"g_mime_init", &gmime.init},
                                      {"g_mime_utils_header_decode_text", &gmime.decode_text},
                                      {"internet_address_list_parse", &gmime.list_parse},
                                      {"internet_address_list_length", &gmime.list_length},
                                      {"internet_address_list_get_address", &gmime.list_get},
                                      {"internet_address_get_name", &gmime.get_name},
                                      {"internet_address_mailbox_get_addr", &gmime.get_address},
                                      {"internet_address_mailbox_get_type", &gmime.mailbox_type}};
    if (!lazy_library_load("GMime", LIBRARY, functions, G_N_ELEMENTS(functions), error))
        return NULL;
    gmime.init();
    return &gmime;
}

static const Gmime *load_once(GError **error)
{
    static GMutex mutex;
    static const Gmime *loaded;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    if (!loaded)
        loaded = load(error);
    return loaded;
}

bool message_load_gmime(GError **error)
{
    return load_once(error) != NULL;
}

static const Gmime *loaded_gmime(void)
{
    g_autoptr(GError) error = NULL;
    const Gmime *gmime = load_once(&error);
    if (!gmime)
        g_error("%s", error->message);
    return gmime;
}

char *message_decode_words(const char *text)
{
    return loaded_gmime()->decode_text(NULL, text);
}

/* NULL when it has none. */
static char *text_of_address(const Gmime *gmime, InternetAddress *address)
{
    const char *name = gmime->get_name(address);
    if (name && *name)
        return g_strdup(name);
    if (G_TYPE_CHECK_INSTANCE_TYPE(address, gmime->mailbox_type()))
        return g_strdup(gmime->get_address((InternetAddressMailbox *)address));
    return NULL;
}

static char *text_of_first(const Gmime *gmime, InternetAddressList *list)
{
    return list && gmime->list_length(list) > 0 ? text_of_address(gmime, gmime->list_get(list, 0)) : NULL;
}

char *message_sender(const char *from)
{
    const Gmime *gmime = loaded_gmime();
    InternetAddressList *list = gmime->list_parse(NULL, from);
    char *text = text_of_first(gmime, list);
    g_clear_object(&list);
    return text ? text : g_strdup(from);
}
