/* Which snapshots a command line of `forget` means, by account. */
#ifndef MB_FORGET_CHOICE_H
#define MB_FORGET_CHOICE_H

#include <glib.h>
#include <stdbool.h>

#include "forget.h"
#include "repository.h"

/* What of one account goes. */
typedef struct {
    uint32_t account;
    char *name;
    GArray *snapshots; /* SnapshotInfo, all of them, oldest first */
    GArray *gone;      /* uint32_t, ascending: the numbers of those that go */
    ForgetLoss loss;   /* filled in by who wants to know */
} ForgetChoice;

/* "ACCOUNT/SNAPSHOT", or "SNAPSHOT" of `account` (NULL: the only one there is), NULL-terminated. A newest snapshot is
 * refused unless `newest` allows it. GPtrArray of ForgetChoice, caller unrefs. */
GPtrArray *forget_choose_named(Repository *repository, char *const *names, const char *account, bool newest,
                               GError **error);

/* What the policy lets go of `account` (NULL: of every one by itself). */
GPtrArray *forget_choose_by_policy(Repository *repository, const ForgetPolicy *policy, const char *account,
                                   GError **error);

#endif
