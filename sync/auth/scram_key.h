/* The salted password of a SCRAM login (RFC 5802 3), with libcrypto's hashing: libgsasl's own takes four times as long,
 * which is half of what a sync with nothing new computes. */
#ifndef MB_SCRAM_KEY_H
#define MB_SCRAM_KEY_H

#include <gsasl.h>

/* A callback of libgsasl, which falls back on its own way wherever this gives nothing. */
int scram_key_callback(Gsasl *library, Gsasl_session *session, Gsasl_property property);

#endif
