#include "sasl_library.h"

#include "lazy_library.h"

#define LIBRARY "libgsasl.so.18"

static const SaslLibrary *load(GError **error)
{
    static SaslLibrary sasl;
    const LazyFunction functions[] = {{"gsasl_init", &sasl.init},
                                      {"gsasl_done", &sasl.done},
                                      {"gsasl_callback_set", &sasl.callback_set},
                                      {"gsasl_client_start", &sasl.client_start},
                                      {"gsasl_step", &sasl.step},
                                      {"gsasl_finish", &sasl.finish},
                                      {"gsasl_free", &sasl.free},
                                      {"gsasl_mechanism_name", &sasl.mechanism_name},
                                      {"gsasl_property_set", &sasl.property_set},
                                      {"gsasl_property_fast", &sasl.property_fast},
                                      {"gsasl_saslprep", &sasl.saslprep},
                                      {"gsasl_strerror", &sasl.strerror}};
    return lazy_library_load("libgsasl", LIBRARY, functions, G_N_ELEMENTS(functions), error) ? &sasl : NULL;
}

const SaslLibrary *sasl_library(GError **error)
{
    static GMutex mutex;
    static const SaslLibrary *loaded;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    if (!loaded)
        loaded = load(error);
    return loaded;
}
