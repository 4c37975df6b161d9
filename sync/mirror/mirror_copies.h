/* Messages that are new in a mailbox but whose bytes are stored already, because they were moved, because the mailbox
 * got a new UIDVALIDITY or name, or because the account lives on another host: they are stored again without being
 * fetched. docs/imap.md says how they are told. */
#ifndef MB_MIRROR_COPIES_H
#define MB_MIRROR_COPIES_H

#include "fetch_lane.h"

/* *left: the UIDs of the order that must be fetched, growing; caller unrefs. */
bool mirror_copies(MirrorRun *run, const FetchOrder *order, GArray **left, GError **error);

#endif
