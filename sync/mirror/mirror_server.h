/* Puts together what a server says of itself (MirrorServer). */
#ifndef MB_MIRROR_SERVER_H
#define MB_MIRROR_SERVER_H

#include "imap_id.h"
#include "imap_quota.h"
#include "mirror.h"

void mirror_server_note_id(MirrorServer *server, const ImapId *id);
/* Of several roots the one with the least room left counts. */
void mirror_server_note_quota(MirrorServer *server, const ImapQuota *quota);

#endif
