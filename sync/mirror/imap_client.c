#include "imap_client.h"

#include <string.h>
#include <sys/random.h>

#include "error.h"

enum { RECEIVE_BYTES = 64 << 10, TAG_RANDOM_BYTES = 8 };

struct ImapClient {
    Connection *connection;
    ImapSession *session;
    char *host;
    uint8_t received[RECEIVE_BYTES];
};

/* Tags that nobody can guess: an answer to a command must be the answer of the one who received it. */
static ImapSession *session_with_random_tags(void)
{
    uint8_t random[TAG_RANDOM_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        g_error("the system gives no random bytes");
    char prefix[2 * TAG_RANDOM_BYTES + 1];
    for (size_t i = 0; i < sizeof random; i++)
        g_snprintf(prefix + 2 * i, 3, "%c%c", 'a' + (random[i] >> 4), 'a' + (random[i] & 15));
    return imap_session_new(prefix);
}

ImapClient *imap_client_new(Connection *connection, const char *host)
{
    ImapClient *client = g_new0(ImapClient, 1);
    client->connection = connection;
    client->session = session_with_random_tags();
    client->host = g_strdup(host);
    return client;
}

/* One attempt that does not wait: a server which is not told goodbye loses nothing. */
static void say_goodbye(ImapClient *client)
{
    if (imap_session_commands_open(client->session) > 0)
        return;
    imap_session_send(client->session, imap_command_logout());
    Exchange exchange = {.receive = client->received, .receive_size = sizeof client->received};
    imap_session_output(client->session, (const uint8_t **)&exchange.send, &exchange.send_length);
    connection_exchange(client->connection, &exchange, NULL);
}

void imap_client_close(ImapClient *client)
{
    if (!client)
        return;
    say_goodbye(client);
    imap_session_free(client->session);
    connection_close(client->connection);
    g_free(client->host);
    g_free(client);
}

Connection *imap_client_connection(ImapClient *client)
{
    return client->connection;
}

ImapSession *imap_client_session(ImapClient *client)
{
    return client->session;
}

bool imap_client_has_capability(const ImapClient *client, const char *name)
{
    return imap_session_has_capability(client->session, name);
}

uint32_t imap_client_send(ImapClient *client, ImapCommand *command)
{
    return command ? imap_session_send(client->session, command) : 0;
}

static bool move_bytes(ImapClient *client, GError **error)
{
    const uint8_t *output;
    Exchange exchange = {.receive = client->received, .receive_size = sizeof client->received};
    imap_session_output(client->session, &output, &exchange.send_length);
    exchange.send = output;
    if (!connection_exchange(client->connection, &exchange, error))
        return false;
    imap_session_sent(client->session, exchange.sent);
    if (exchange.received > 0)
        imap_session_feed(client->session, client->received, exchange.received);
    return true;
}

bool imap_client_next(ImapClient *client, ImapEvent *event, GError **error)
{
    for (;;) {
        if (!imap_session_next(client->session, event, error)) {
            g_prefix_error(error, "%s: ", client->host);
            return false;
        }
        if (event->kind == IMAP_EVENT_BYE)
            return mb_error_set(error, MB_ERROR_AGAIN, "%s: the server ends the connection: %s", client->host,
                                event->condition.text);
        if (event->kind != IMAP_EVENT_NEED_MORE)
            return true;
        if (!move_bytes(client, error))
            return false;
    }
}

GBytes *imap_client_wire_name(ImapClient *client, const uint8_t *name, size_t length, GError **error)
{
    GBytes *wire;
    ImapEvent event;
    while (!imap_session_wire_name(client->session, name, length, &wire))
        if (!imap_client_next(client, &event, error))
            return NULL;
    return wire;
}

bool imap_client_ends(const ImapEvent *event, uint32_t command)
{
    return event->kind == IMAP_EVENT_TAGGED && event->command == command;
}

bool imap_client_run(ImapClient *client, ImapCommand *command, ImapEvent *event, GError **error)
{
    uint32_t number = imap_client_send(client, command);
    if (number == 0)
        return false;
    do {
        if (!imap_client_next(client, event, error))
            return false;
    } while (!imap_client_ends(event, number));
    return true;
}

bool imap_client_refused(const ImapClient *client, const ImapCondition *condition, const char *what, GError **error)
{
    bool passing = imap_condition_is_passing(condition) || imap_condition_ends_session(condition);
    return mb_error_set(error, passing ? MB_ERROR_AGAIN : MB_ERROR_REFUSED, "%s: the server refused %s: %s",
                        client->host, what, condition->text);
}
