/* Says once, on syslog (and stderr in the foreground), what cannot be read and why. The kernel asks for a page it did
 * not get again and again; the log does not repeat itself. Thread-safe. */
#ifndef MB_MOUNT_DAMAGE_H
#define MB_MOUNT_DAMAGE_H

#include <glib.h>
#include <stdint.h>

#include "repository.h"

typedef struct DamageLog DamageLog;

/* `repository` is borrowed and must outlive the log. */
DamageLog *damage_log_new(Repository *repository);
void damage_log_free(DamageLog *log);

/* `node` is a number of tree.h; `cause` is borrowed. The caller holds no View. */
void damage_log_node(DamageLog *log, uint64_t node, const GError *cause);

#endif
