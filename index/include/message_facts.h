/* What is known of a message beside its bytes, by name: what the mount shows as extended attributes. Thread-safe. */
#ifndef MB_MESSAGE_FACTS_H
#define MB_MESSAGE_FACTS_H

#include <glib.h>
#include <stdint.h>

#include "repository.h"

/* "uid", "flags", "sha256", "internaldate", "from", "to", "subject", "date", "message-id"; NULL at the end. */
const char *const *message_facts(void);

/* A fact of a message by its node (tree.h) as UTF-8, at most a few KiB. Flags as they were last known. Fields of the
 * header are decoded. NULL with MB_ERROR_NOT_FOUND when there is no such fact, or the message has no such field. The
 * caller holds no View, and frees. */
char *message_fact(Repository *repository, uint64_t message, const char *name, GError **error);

#endif
