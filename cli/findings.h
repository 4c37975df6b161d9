/* What check, rebuild, forget and optimize tell while they run: findings, printed or collected as JSON, and how far
 * they are. */
#ifndef MB_FINDINGS_H
#define MB_FINDINGS_H

#include <stdint.h>

#include "json.h"
#include "progress.h"

typedef struct {
    Progress *progress;
    JsonBuilder *json; /* NULL: print */
} Findings;

/* `title` and `unit` as for progress_new(). With `list`, findings are the list of that name with which a JSON document
 * begins; without, they are printed. */
Findings findings_begin(const char *title, const char *unit, const char *list);
/* No finding follows. The document, which is open for totals; NULL when findings are printed. */
JsonBuilder *findings_end(Findings *findings);
/* Prints the document and its end, if there is one. */
void findings_print(Findings *findings);
void findings_clear(Findings *findings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Findings, findings_clear)

/* Callbacks for the options of all four; `user` is a Findings*. */
void findings_add(const char *text, void *user);
void findings_progress(const char *what, uint64_t done, uint64_t total, void *user);

#endif
