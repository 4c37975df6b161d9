#include "forget.h"

/* A rule of a policy: one of each period, the newest periods first. */
typedef struct {
    unsigned left;   /* periods still to be kept */
    const char *key; /* g_date_time_format() of the period */
    char *last;      /* the period that was kept last */
} Rule;

enum { RULE_DAYS, RULE_WEEKS, RULE_MONTHS, RULE_YEARS, RULES };

/* Does the rule keep a snapshot of this time? They come newest first. */
static bool keeps(Rule *rule, GDateTime *time)
{
    g_autofree char *period = g_date_time_format(time, rule->key);
    if (rule->left == 0 || g_strcmp0(period, rule->last) == 0)
        return false;
    rule->left--;
    g_free(rule->last);
    rule->last = g_steal_pointer(&period);
    return true;
}

/* Every rule is asked, so that each goes on to its next period. */
static bool is_kept(Rule rules[RULES], const SnapshotInfo *snapshot, GTimeZone *zone)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(snapshot->time);
    g_autoptr(GDateTime) time = utc ? g_date_time_to_timezone(utc, zone) : NULL;
    bool kept = false;
    for (int i = 0; time && snapshot->complete && i < RULES; i++)
        kept |= keeps(&rules[i], time);
    return kept || !time;
}

GArray *forget_plan(const GArray *snapshots, const ForgetPolicy *policy, GTimeZone *zone)
{
    Rule rules[RULES] = {[RULE_DAYS] = {.left = policy->days, .key = "%Y-%m-%d"},
                         [RULE_WEEKS] = {.left = policy->weeks, .key = "%G-%V"},
                         [RULE_MONTHS] = {.left = policy->months, .key = "%Y-%m"},
                         [RULE_YEARS] = {.left = policy->years, .key = "%Y"}};
    GArray *gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = snapshots->len; i-- > 0;) {
        const SnapshotInfo *snapshot = &g_array_index(snapshots, SnapshotInfo, i);
        bool kept = is_kept(rules, snapshot, zone);
        bool newest = i + 1 == snapshots->len, one_of_last = snapshots->len - i <= policy->last;
        bool young = policy->before != 0 && snapshot->time >= policy->before;
        if (!kept && !newest && !one_of_last && !young)
            g_array_prepend_val(gone, snapshot->snapshot);
    }
    for (int i = 0; i < RULES; i++)
        g_free(rules[i].last);
    return gone;
}
