#include "number_set.h"
#include "repack.h"

static uint64_t dead_bytes(const PackUse *use)
{
    return use->bytes - MIN(use->live_bytes, use->bytes);
}

/* Those with the largest dead share first. */
static int compare_uses(const void *a, const void *b)
{
    const PackUse *left = a, *right = b;
    double left_share = (double)dead_bytes(left) / (double)MAX(left->bytes, 1);
    double right_share = (double)dead_bytes(right) / (double)MAX(right->bytes, 1);
    if (left_share != right_share)
        return left_share > right_share ? -1 : 1;
    return (left->pack > right->pack) - (left->pack < right->pack);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

GArray *repack_choose(const GArray *uses, uint64_t checkpoint_bytes, unsigned dead_percent)
{
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) worst = g_array_copy((GArray *)uses);
    uint64_t live = checkpoint_bytes, dead = 0;
    for (guint i = 0; i < worst->len; i++) {
        live += g_array_index(worst, PackUse, i).live_bytes;
        dead += dead_bytes(&g_array_index(worst, PackUse, i));
    }
    uint64_t allowed = live / 100 * dead_percent;
    uint64_t journals = checkpoint_bytes / 2; /* counted as dead, but every repository needs them: about one copy */
    bool is_little = dead <= allowed + journals, gains_little = dead <= checkpoint_bytes + allowed / 4;
    if (is_little || gains_little)
        return chosen;
    g_array_sort(worst, compare_uses);
    for (guint i = 0; i < worst->len && dead > allowed; i++) {
        const PackUse *use = &g_array_index(worst, PackUse, i);
        dead -= dead_bytes(use);
        g_array_append_val(chosen, use->pack);
    }
    g_array_sort(chosen, compare_numbers);
    return chosen;
}
