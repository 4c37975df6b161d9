/* The way to the server of an account: a connection that is made again when it is lost, as long as there is hope.
 * Belongs to one thread at a time. */
#ifndef MB_MIRROR_LINK_H
#define MB_MIRROR_LINK_H

#include <gio/gio.h>
#include <stdbool.h>

#include "account_settings.h"
#include "connect_ahead.h"
#include "imap_authenticate.h"
#include "imap_client.h"
#include "secrets.h"

typedef struct MirrorLink MirrorLink;

/* Not connected yet. Everything is borrowed; `cancellable` may be NULL. `patience_ms`: how long to try again when the
 * server cannot be reached or lets nobody in. */
MirrorLink *mirror_link_new(const AccountSettings *settings, const Secret *password, unsigned patience_ms,
                            GCancellable *cancellable);
void mirror_link_free(MirrorLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MirrorLink, mirror_link_free)

/* The first login goes over what mirror_connect() began; borrowed. */
void mirror_link_take_ahead(MirrorLink *link, ConnectAhead *ahead);

/* Logs in, once. */
bool mirror_link_open(MirrorLink *link, GError **error);
void mirror_link_close(MirrorLink *link);
/* The connection was lost, by `loss`: makes a new one, after a while when the last ones brought nothing. When there is
 * no hope left *error is a copy of `loss`, or why the new login failed. */
bool mirror_link_renew(MirrorLink *link, const GError *loss, GError **error);
/* Something came through: the next loss is the first again. */
void mirror_link_note_use(MirrorLink *link);

/* Much will be fetched: compresses this connection and those that take its place, where that pays (imap_compress.h). */
bool mirror_link_expect_much(MirrorLink *link, GError **error);

/* NULL while it is closed; changes with each renewal. */
ImapClient *mirror_link_client(MirrorLink *link);
/* How the last login went. */
const LoginOutcome *mirror_link_login(const MirrorLink *link);
GCancellable *mirror_link_cancellable(MirrorLink *link);

/* True when the connection is the trouble, and a new one may do better. */
bool mirror_link_is_loss(const GError *error);

#endif
