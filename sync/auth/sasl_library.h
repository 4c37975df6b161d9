/* libgsasl, which is loaded while a connection is made: the server takes longer for that than we do. */
#ifndef MB_SASL_LIBRARY_H
#define MB_SASL_LIBRARY_H

#include <glib.h>
#include <gsasl.h>

/* Its functions that are used, each named without gsasl_. */
typedef struct {
    __typeof__(gsasl_init) *init;
    __typeof__(gsasl_done) *done;
    __typeof__(gsasl_callback_set) *callback_set;
    __typeof__(gsasl_client_start) *client_start;
    __typeof__(gsasl_step) *step;
    __typeof__(gsasl_finish) *finish;
    __typeof__(gsasl_free) *free;
    __typeof__(gsasl_mechanism_name) *mechanism_name;
    __typeof__(gsasl_property_set) *property_set;
    __typeof__(gsasl_property_fast) *property_fast;
    __typeof__(gsasl_saslprep) *saslprep;
    __typeof__(gsasl_strerror) *strerror;
} SaslLibrary;

/* The one of the process, loaded now unless it was before; NULL, with MB_ERROR_SYSTEM, when that is not possible. Any
 * thread. */
const SaslLibrary *sasl_library(GError **error);

#endif
