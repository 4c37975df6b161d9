#include "listing_ahead.h"

struct ListingAhead {
    GMutex mutex; /* of all below */
    GCond made;
    DirectoryRequest request; /* of the answer; node 0: there is none */
    DirectoryAnswer *answer;  /* NULL while it is made */
    bool passed_over;         /* somebody else would have liked the place */
};

ListingAhead *listing_ahead_new(void)
{
    ListingAhead *ahead = g_new0(ListingAhead, 1);
    g_mutex_init(&ahead->mutex);
    g_cond_init(&ahead->made);
    return ahead;
}

void listing_ahead_free(ListingAhead *ahead)
{
    if (!ahead)
        return;
    directory_answer_free(ahead->answer);
    g_cond_clear(&ahead->made);
    g_mutex_clear(&ahead->mutex);
    g_free(ahead);
}

/* An answer that nobody fetched makes room for others, though not at once: two listings at a time would throw away each
 * other's. */
static bool is_free(ListingAhead *ahead)
{
    bool was_passed_over = ahead->passed_over;
    ahead->passed_over = true;
    return ahead->request.node == 0 || (ahead->answer && was_passed_over);
}

bool listing_ahead_begin(ListingAhead *ahead, const DirectoryRequest *request)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&ahead->mutex);
    if (!is_free(ahead))
        return false;
    g_clear_pointer(&ahead->answer, directory_answer_free);
    ahead->request = *request;
    ahead->passed_over = false;
    return true;
}

void listing_ahead_end(ListingAhead *ahead, DirectoryAnswer *answer)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&ahead->mutex);
    ahead->answer = answer;
    if (!answer)
        ahead->request.node = 0;
    g_cond_broadcast(&ahead->made);
}

static bool is_for(const ListingAhead *ahead, const DirectoryRequest *request)
{
    return ahead->request.node == request->node && ahead->request.offset == request->offset &&
           ahead->request.size == request->size && ahead->request.plus == request->plus;
}

DirectoryAnswer *listing_ahead_take(ListingAhead *ahead, const DirectoryRequest *request)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&ahead->mutex);
    while (is_for(ahead, request) && !ahead->answer)
        g_cond_wait(&ahead->made, &ahead->mutex);
    if (!is_for(ahead, request))
        return NULL;
    ahead->request.node = 0;
    return g_steal_pointer(&ahead->answer);
}
