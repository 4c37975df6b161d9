#include "mirror_link.h"

#include "error.h"
#include "imap_compress.h"
#include "imap_login.h"
#include "mirror.h"
#include "mirror_wait.h"

/* Losses in a row without anything coming through. A message that breaks each connection that asks for it is found
 * within eight. */
enum { FRUITLESS_AT_MOST = 12, FRUITLESS_WAIT_MS = 50, LONGEST_WAIT_MS = 30 * 1000 };

enum { CONNECT_TIMEOUT_MS = 30 * 1000, IDLE_TIMEOUT_MS = 120 * 1000 };

struct MirrorLink {
    const AccountSettings *settings;
    const Secret *password;
    GCancellable *cancellable;
    unsigned patience_ms;
    ImapClient *client;
    LoginOutcome outcome;
    unsigned fruitless;
    bool expects_much;
    ConnectAhead *ahead; /* for the first login; borrowed; or NULL */
};

static LoginWay way_of(GCancellable *cancellable, ConnectAhead *ahead)
{
    return (LoginWay){.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                      .idle_timeout_ms = IDLE_TIMEOUT_MS,
                      .cancellable = cancellable,
                      .ahead = ahead};
}

ConnectAhead *mirror_connect(const AccountSettings *settings, TcpAttempt *attempt, GCancellable *cancellable)
{
    LoginWay way = way_of(cancellable, NULL);
    return imap_connect_ahead(settings, attempt, &way);
}

void mirror_connect_free(ConnectAhead *ahead)
{
    connect_ahead_free(ahead);
}

void mirror_link_take_ahead(MirrorLink *link, ConnectAhead *ahead)
{
    link->ahead = ahead;
}

MirrorLink *mirror_link_new(const AccountSettings *settings, const Secret *password, unsigned patience_ms,
                            GCancellable *cancellable)
{
    MirrorLink *link = g_new0(MirrorLink, 1);
    link->settings = settings;
    link->password = password;
    link->patience_ms = patience_ms;
    link->cancellable = cancellable;
    return link;
}

void mirror_link_free(MirrorLink *link)
{
    if (!link)
        return;
    mirror_link_close(link);
    g_free(link);
}

void mirror_link_close(MirrorLink *link)
{
    g_clear_pointer(&link->client, imap_client_close);
}

static bool compress(MirrorLink *link, GError **error)
{
    if (imap_compress(link->client, link->settings->compress, error))
        return true;
    mirror_link_close(link);
    return false;
}

bool mirror_link_open(MirrorLink *link, GError **error)
{
    mirror_link_close(link);
    LoginWay way = way_of(link->cancellable, g_steal_pointer(&link->ahead));
    link->client = imap_login(link->settings, &way, link->password, &link->outcome, error);
    return link->client && (!link->expects_much || compress(link, error));
}

bool mirror_link_expect_much(MirrorLink *link, GError **error)
{
    bool begins = link->client && !link->expects_much;
    link->expects_much = true;
    return !begins || imap_compress(link->client, link->settings->compress, error);
}

static bool is_passing(const GError *error)
{
    return g_error_matches(error, MB_ERROR, MB_ERROR_AGAIN) || g_error_matches(error, MB_ERROR, MB_ERROR_CONNECT);
}

bool mirror_link_is_loss(const GError *error)
{
    return is_passing(error) || g_error_matches(error, MB_ERROR, MB_ERROR_PROTOCOL) ||
           g_error_matches(error, MB_ERROR, MB_ERROR_LIMIT);
}

/* Until it lets us in or patience ends. */
static bool open_with_patience(MirrorLink *link, GError **error)
{
    unsigned waited_ms = 0, wait_ms = 1000;
    g_autoptr(GError) failure = NULL;
    while (!mirror_link_open(link, &failure)) {
        if (!is_passing(failure) || waited_ms >= link->patience_ms) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        g_clear_error(&failure);
        wait_ms = MIN(wait_ms, link->patience_ms - waited_ms);
        if (!mirror_wait(link->cancellable, wait_ms, error))
            return false;
        waited_ms += wait_ms;
        wait_ms = MIN(2 * wait_ms, LONGEST_WAIT_MS);
    }
    return true;
}

bool mirror_link_renew(MirrorLink *link, const GError *loss, GError **error)
{
    mirror_link_close(link);
    if (link->patience_ms == 0 || link->fruitless >= FRUITLESS_AT_MOST) {
        g_propagate_error(error, g_error_copy(loss));
        return false;
    }
    unsigned wait_ms = link->fruitless * FRUITLESS_WAIT_MS;
    link->fruitless++;
    return mirror_wait(link->cancellable, wait_ms, error) && open_with_patience(link, error);
}

void mirror_link_note_use(MirrorLink *link)
{
    link->fruitless = 0;
}

ImapClient *mirror_link_client(MirrorLink *link)
{
    return link->client;
}

const LoginOutcome *mirror_link_login(const MirrorLink *link)
{
    return &link->outcome;
}

GCancellable *mirror_link_cancellable(MirrorLink *link)
{
    return link->cancellable;
}
