/* What of an account's newest snapshot is still there, by the contents that the catalog has: for a run that goes on
 * where another was broken off, and does not see go what that one took away. */
#ifndef MB_SURVIVAL_COMPARE_H
#define MB_SURVIVAL_COMPARE_H

#include "mail_survival.h"

/* Counts anew, all that is to be published being committed. Reads every message of both states; takes about 30 bytes of
 * memory for each. */
bool survival_compare(MailSurvival *survival, View *view, uint32_t account, uint32_t snapshot, char *const *rules,
                      GError **error);

#endif
