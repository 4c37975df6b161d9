/* The plan of what to forget, against a model that asks of each snapshot by itself whether it is kept. */
#include "forget.h"

#define DAY ((int64_t)24 * 60 * 60)
#define HISTORIES 300

/* 2026-01-01 00:00 UTC, a Thursday. */
#define START ((int64_t)1767225600)

static GArray *history(unsigned count)
{
    GArray *snapshots = g_array_new(FALSE, FALSE, sizeof(SnapshotInfo));
    int64_t time = START - g_test_rand_int_range(0, 400) * DAY;
    for (unsigned i = 0; i < count; i++) {
        time += 1 + g_test_rand_int_range(0, g_test_rand_int_range(0, 4) ? DAY / 3 : 20 * DAY);
        SnapshotInfo info = {.snapshot = 3 * i + 1, .time = time, .complete = g_test_rand_int_range(0, 5) > 0};
        g_array_append_val(snapshots, info);
    }
    return snapshots;
}

static const SnapshotInfo *at(const GArray *snapshots, guint index)
{
    return &g_array_index(snapshots, SnapshotInfo, index);
}

static char *period_of(int64_t time, const char *key)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    return g_date_time_format(date, key);
}

/* How many periods with a complete snapshot come after this one's, and is it the last complete one in its own? */
static bool is_last_of(const GArray *snapshots, guint index, const char *key, unsigned *later)
{
    g_autofree char *own = period_of(at(snapshots, index)->time, key);
    g_autoptr(GHashTable) periods = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = index + 1; i < snapshots->len; i++)
        if (at(snapshots, i)->complete)
            g_hash_table_add(periods, period_of(at(snapshots, i)->time, key));
    *later = g_hash_table_size(periods);
    return !g_hash_table_contains(periods, own);
}

static bool is_kept(const GArray *snapshots, guint index, const ForgetPolicy *policy)
{
    static const char *const keys[] = {"%F", "%G %V", "%Y %m", "%Y"};
    const unsigned counts[] = {policy->days, policy->weeks, policy->months, policy->years};
    const SnapshotInfo *info = at(snapshots, index);
    unsigned later, newer = snapshots->len - 1 - index;
    bool kept = newer == 0 || newer < policy->last || (policy->before != 0 && info->time >= policy->before);
    for (int i = 0; i < 4; i++)
        kept |= info->complete && is_last_of(snapshots, index, keys[i], &later) && later < counts[i];
    return kept;
}

static unsigned some(int end)
{
    return g_test_rand_int_range(0, 3) ? 0 : (unsigned)g_test_rand_int_range(0, end);
}

static void test_against_model(void)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    for (int i = 0; i < HISTORIES; i++) {
        g_autoptr(GArray) snapshots = history((unsigned)g_test_rand_int_range(0, 60));
        ForgetPolicy policy = {some(10), some(15), some(10), some(10), some(4), 0};
        if (g_test_rand_int_range(0, 3) == 0)
            policy.before = START - g_test_rand_int_range(0, 100) * DAY;
        g_autoptr(GArray) gone = forget_plan(snapshots, &policy, utc);
        guint next = 0;
        for (guint j = 0; j < snapshots->len; j++)
            if (!is_kept(snapshots, j, &policy)) {
                g_assert_cmpuint(g_array_index(gone, uint32_t, next), ==, at(snapshots, j)->snapshot);
                next++;
            }
        g_assert_cmpuint(next, ==, gone->len);
    }
}

/* A day is over at midnight where the user is. */
static void test_zone(void)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc(), east = g_time_zone_new_offset(3 * 60 * 60);
    const SnapshotInfo infos[] = {{.snapshot = 1, .time = START - 4 * 3600, .complete = true},
                                  {.snapshot = 2, .time = START - 2 * 3600, .complete = true},
                                  {.snapshot = 3, .time = START - 3600, .complete = true}};
    g_autoptr(GArray) snapshots = g_array_new(FALSE, FALSE, sizeof(SnapshotInfo));
    g_array_append_vals(snapshots, infos, G_N_ELEMENTS(infos));
    const ForgetPolicy daily = {.days = 10};
    g_autoptr(GArray) one_day = forget_plan(snapshots, &daily, utc);
    g_autoptr(GArray) two_days = forget_plan(snapshots, &daily, east);
    g_assert_cmpuint(one_day->len, ==, 2);
    g_assert_cmpuint(two_days->len, ==, 1);
    g_assert_cmpuint(g_array_index(two_days, uint32_t, 0), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forget-plan/model", test_against_model);
    g_test_add_func("/forget-plan/zone", test_zone);
    return g_test_run();
}
