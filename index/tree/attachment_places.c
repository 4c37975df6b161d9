#include "attachment_places.h"

#include "error.h"
#include "mb_limits.h"

struct AttachmentPlaces {
    GMutex mutex;
    GPtrArray *by_number; /* AttachmentPlace* */
    GHashTable *numbers;  /* AttachmentPlace* -> its number */
};

static guint hash_place(const void *key)
{
    const AttachmentPlace *place = key;
    return g_int64_hash(&place->directory) ^ g_int64_hash(&place->message);
}

static gboolean equal_places(const void *a, const void *b)
{
    const AttachmentPlace *left = a, *right = b;
    return left->directory == right->directory && left->message == right->message;
}

AttachmentPlaces *attachment_places_new(void)
{
    AttachmentPlaces *places = g_new0(AttachmentPlaces, 1);
    g_mutex_init(&places->mutex);
    places->by_number = g_ptr_array_new_with_free_func(g_free);
    places->numbers = g_hash_table_new(hash_place, equal_places);
    return places;
}

void attachment_places_free(AttachmentPlaces *places)
{
    if (!places)
        return;
    g_hash_table_unref(places->numbers);
    g_ptr_array_unref(places->by_number);
    g_mutex_clear(&places->mutex);
    g_free(places);
}

bool attachment_places_take(AttachmentPlaces *places, const AttachmentPlace *place, uint32_t *number, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&places->mutex);
    void *known;
    if (g_hash_table_lookup_extended(places->numbers, place, NULL, &known)) {
        *number = GPOINTER_TO_UINT(known);
        return true;
    }
    if (places->by_number->len >= LIMIT_ATTACHMENT_PLACES)
        return mb_error_set(error, MB_ERROR_LIMIT, "too many directories of attachments in one mount");
    AttachmentPlace *kept = g_memdup2(place, sizeof *place);
    *number = places->by_number->len;
    g_ptr_array_add(places->by_number, kept);
    g_hash_table_insert(places->numbers, kept, GUINT_TO_POINTER(*number));
    return true;
}

bool attachment_places_find(AttachmentPlaces *places, uint32_t number, AttachmentPlace *place, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&places->mutex);
    if (number >= places->by_number->len)
        return mb_error_set(error, MB_ERROR_NOT_FOUND, "no such file or directory");
    *place = *(const AttachmentPlace *)places->by_number->pdata[number];
    return true;
}
