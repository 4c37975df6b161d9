/* What check, rebuild, forget and optimize tell while they run: findings, printed or collected as JSON, and how far
 * they are. */
#ifndef MB_FINDINGS_H
#define MB_FINDINGS_H

#include <stdint.h>

#include "json.h"
#include "progress.h"

typedef struct {
    Progress *progress;
    JsonBuilder *array; /* an array is open in it; NULL: print */
} Findings;

/* Callbacks for the options of all four; `user` is a Findings*. */
void findings_add(const char *text, void *user);
void findings_progress(const char *what, uint64_t done, uint64_t total, void *user);

#endif
