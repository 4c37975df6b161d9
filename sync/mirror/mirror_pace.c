#include "mirror_pace.h"

#include <string.h>

enum {
    FIRST_PAUSE_MS = 50,
    LONGEST_PAUSE_MS = 16 * 1000,
    FINE_BEFORE_FASTER = 20,
    LONGEST_SUGGESTION_MS = 3600 * 1000
};

struct MirrorPace {
    uint64_t bytes_per_second;
    GMutex lock;      /* guards what follows */
    int64_t ready_us; /* when the bytes so far are paid for */
    unsigned pause_ms;
    unsigned complained_ms; /* the pause at the last complaint */
    unsigned fine;          /* commands since the last change */
};

MirrorPace *mirror_pace_new(uint64_t bytes_per_second)
{
    MirrorPace *pace = g_new0(MirrorPace, 1);
    pace->bytes_per_second = bytes_per_second;
    g_mutex_init(&pace->lock);
    return pace;
}

void mirror_pace_free(MirrorPace *pace)
{
    if (!pace)
        return;
    g_mutex_clear(&pace->lock);
    g_free(pace);
}

unsigned mirror_pace_after_bytes(MirrorPace *pace, uint64_t bytes, int64_t now_us)
{
    if (pace->bytes_per_second == 0)
        return 0;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pace->lock);
    double cost_us = (double)bytes * G_USEC_PER_SEC / (double)pace->bytes_per_second;
    pace->ready_us = MAX(pace->ready_us, now_us) + (int64_t)cost_us;
    return (unsigned)((pace->ready_us - now_us) / 1000);
}

void mirror_pace_note(MirrorPace *pace, bool throttled)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pace->lock);
    if (throttled) {
        pace->complained_ms = MAX(pace->pause_ms, FIRST_PAUSE_MS);
        pace->pause_ms = MIN(2 * pace->complained_ms, LONGEST_PAUSE_MS);
        pace->fine = 0;
    } else if (++pace->fine >= FINE_BEFORE_FASTER) {
        pace->pause_ms = MAX(pace->pause_ms * 3 / 4, pace->complained_ms / 2);
        pace->fine = 0;
    }
}

unsigned mirror_pace_before_command(MirrorPace *pace)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pace->lock);
    return pace->pause_ms;
}

/* "Request is throttled. Suggested Backoff Time: 299961 milliseconds" */
static bool read_suggestion(const char *text, unsigned *wait_ms)
{
    static const char words[] = "Backoff Time: ";
    const char *found = strstr(text, words);
    if (!found)
        return false;
    *wait_ms = (unsigned)MIN(g_ascii_strtoull(found + strlen(words), NULL, 10), LONGEST_SUGGESTION_MS);
    return true;
}

RefusalKind mirror_pace_refusal(const ImapCondition *condition, unsigned *wait_ms)
{
    *wait_ms = 0;
    if (condition->code == IMAP_CODE_OVERQUOTA)
        return REFUSAL_OF_ALL;
    bool for_now = condition->code == IMAP_CODE_THROTTLED || condition->code == IMAP_CODE_UNAVAILABLE ||
                   condition->code == IMAP_CODE_INUSE || condition->code == IMAP_CODE_LIMIT ||
                   condition->code == IMAP_CODE_SERVERBUG;
    return read_suggestion(condition->text, wait_ms) || for_now ? REFUSAL_FOR_NOW : REFUSAL_OF_THIS;
}
