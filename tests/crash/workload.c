#include "workload.h"

#include <inttypes.h>

#include "mail_types.h"

#define MESSAGES_A_ROUND 5
#define FIRST_UIDVALIDITY 100
#define ATTACHMENT_BYTES ((size_t)1600 << 10)
#define LINE_BYTES 76

enum { INBOX = 1, LISTS, DRAFTS };

/* splitmix64: every argument changes every bit. */
static uint64_t mix(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t state = seed + a * UINT64_C(0x9E3779B97F4A7C15) + b * UINT64_C(0xD1B54A32D192ED03);
    state = (state ^ (state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    state = (state ^ (state >> 27)) * UINT64_C(0x94D049BB133111EB);
    return state ^ (state >> 31);
}

static uint64_t chance(uint64_t seed, unsigned mailbox, uint32_t uid, unsigned what)
{
    return mix(mix(seed, mailbox, uid), what, 1);
}

static unsigned birth(uint32_t uid)
{
    return (uid - 1) / MESSAGES_A_ROUND + 1;
}

const char *workload_mailbox_name(unsigned mailbox, unsigned round)
{
    switch (mailbox) {
    case INBOX:
        return "INBOX";
    case LISTS:
        return round < 4 ? "Lists" : "Archive/Lists";
    default:
        return round == 5 ? NULL : "Drafts";
    }
}

uint32_t workload_uidvalidity(unsigned mailbox)
{
    return FIRST_UIDVALIDITY + mailbox;
}

bool workload_is_forgotten(unsigned round)
{
    return round % 3 != 0;
}

uint32_t workload_last_uid(unsigned round)
{
    return round * MESSAGES_A_ROUND;
}

bool workload_message(uint64_t seed, unsigned mailbox, uint32_t uid, unsigned round, WorkloadMessage *message)
{
    uint64_t luck = chance(seed, mailbox, uid, 0);
    unsigned born = birth(uid);
    bool mortal = luck % 4 == 0;
    if (round < born || (mortal && round > born + luck / 4 % 3))
        return false;
    unsigned age = (round - born + (unsigned)(luck & 1)) / 2;
    message->internaldate = 1700000000 + (int64_t)(luck % 10000000);
    message->flags = age > 0 ? (uint32_t)FLAG_SEEN << (luck >> 8) % 3 : 0;
    message->keywords = age > 1 && (luck & 16) ? "$Forwarded Work" : "";
    return true;
}

static void append_lines(GString *body, uint64_t seed, size_t bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < bytes; at++) {
        if (at % 8 == 0)
            seed = mix(seed, at, 2);
        g_string_append_c(body, letters[seed >> (at % 8 * 6) & 63]);
        if (at % LINE_BYTES == LINE_BYTES - 1)
            g_string_append(body, "\r\n");
    }
    g_string_append(body, "\r\n");
}

static bool has_attachment(unsigned mailbox, uint32_t uid)
{
    return mailbox == LISTS && uid % (3 * MESSAGES_A_ROUND) == MESSAGES_A_ROUND + 2;
}

GString *workload_body(uint64_t seed, unsigned mailbox, uint32_t uid)
{
    bool copy = mailbox == DRAFTS && uid % 3 == 0;
    bool large = has_attachment(mailbox, uid);
    uint64_t luck = chance(seed, copy ? INBOX : mailbox, uid, 1);
    GString *body = g_string_new(NULL);
    g_string_printf(body,
                    "From: Ann <ann@example.org>\r\nSubject: round %u, message %" PRIu32 "\r\n"
                    "Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
                    birth(uid), uid, large ? "application/octet-stream" : "text/plain", large ? "base64" : "7bit");
    append_lines(body, luck, large ? ATTACHMENT_BYTES : 100 + luck % 6000);
    return body;
}
