/* Waiting for time to pass, until the user wants to stop. */
#ifndef MB_MIRROR_WAIT_H
#define MB_MIRROR_WAIT_H

#include <gio/gio.h>
#include <stdbool.h>

/* MB_ERROR_CANCELLED when `cancellable` (or NULL) was triggered meanwhile. */
bool mirror_wait(GCancellable *cancellable, unsigned milliseconds, GError **error);

#endif
