#include "forget_choice.h"

#include <string.h>

#include "error.h"
#include "report.h"
#include "tree.h"
#include "view.h"

static void choice_free(void *data)
{
    ForgetChoice *choice = data;
    g_free(choice->name);
    g_array_unref(choice->snapshots);
    g_array_unref(choice->gone);
    g_free(choice);
}

static ForgetChoice *add_account(GPtrArray *choices, View *view, const AccountInfo *info, GError **error)
{
    GArray *snapshots = view_snapshots(view, info->account, error);
    if (!snapshots)
        return NULL;
    ForgetChoice *choice = g_new0(ForgetChoice, 1);
    choice->account = info->account;
    choice->name = g_strdup(info->name);
    choice->snapshots = snapshots;
    choice->gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(choices, choice);
    return choice;
}

static ForgetChoice *choice_of(GPtrArray *choices, View *view, uint32_t account, GError **error)
{
    for (guint i = 0; i < choices->len; i++)
        if (((ForgetChoice *)choices->pdata[i])->account == account)
            return choices->pdata[i];
    g_autoptr(AccountInfo) info = view_account(view, account, error);
    return info ? add_account(choices, view, info, error) : NULL;
}

static char *only_account(View *view, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    if (!accounts)
        return NULL;
    if (accounts->len == 1)
        return g_strdup(((const AccountInfo *)accounts->pdata[0])->name);
    mb_error_set(error, MB_ERROR_INVALID, "there are %u accounts: name snapshots as ACCOUNT/SNAPSHOT", accounts->len);
    return NULL;
}

/* The path of a snapshot in the tree of names. Caller frees. */
static char *path_of(View *view, const char *name, const char *account, GError **error)
{
    if (strchr(name, '/'))
        return g_strdup(name);
    g_autofree char *only = account ? g_strdup(account) : only_account(view, error);
    return only ? g_strdup_printf("%s/%s", only, name) : NULL;
}

static bool find_snapshot(Repository *repository, View *view, const char *path, SnapshotInfo *info, GError **error)
{
    g_autoptr(Tree) tree = tree_new(repository);
    TreeAttributes attributes;
    if (!tree_walk(tree, view, path, &attributes, error)) {
        report_hint(error, "`mailbackup ls ACCOUNT` lists an account's snapshots.");
        return false;
    }
    if (attributes.kind != TREE_IS_DIRECTORY || tree_mailbox(attributes.node) != 0)
        return mb_error_set(error, MB_ERROR_INVALID, "%s is no snapshot", path);
    return view_snapshot(view, tree_snapshot(attributes.node), info, error);
}

static bool is_newest(const ForgetChoice *choice, uint32_t snapshot)
{
    return g_array_index(choice->snapshots, SnapshotInfo, choice->snapshots->len - 1).snapshot == snapshot;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* A snapshot may be named twice. */
static void sort_numbers(GArray *numbers)
{
    guint kept = 0;
    g_array_sort(numbers, compare_numbers);
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t number = g_array_index(numbers, uint32_t, i);
        if (kept == 0 || number != g_array_index(numbers, uint32_t, kept - 1))
            g_array_index(numbers, uint32_t, kept++) = number;
    }
    g_array_set_size(numbers, kept);
}

static bool choose_named(Repository *repository, GPtrArray *choices, const char *path, bool newest, GError **error)
{
    SnapshotInfo info;
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !find_snapshot(repository, view, path, &info, error))
        return false;
    ForgetChoice *choice = choice_of(choices, view, info.account, error);
    if (!choice)
        return false;
    if (is_newest(choice, info.snapshot) && !newest) {
        mb_error_set(error, MB_ERROR_INVALID, "%s is the newest snapshot of %s", path, choice->name);
        report_hint(error, "`--newest` forgets it all the same; the next sync then makes one again.");
        return false;
    }
    g_array_append_val(choice->gone, info.snapshot);
    return true;
}

GPtrArray *forget_choose_named(Repository *repository, char *const *names, const char *account, bool newest,
                               GError **error)
{
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func(choice_free);
    for (; *names; names++) {
        g_autoptr(View) view = view_acquire(repository, error);
        g_autofree char *path = view ? path_of(view, *names, account, error) : NULL;
        g_clear_pointer(&view, view_release);
        if (!path || !choose_named(repository, choices, path, newest, error))
            return NULL;
    }
    for (guint i = 0; i < choices->len; i++)
        sort_numbers(((ForgetChoice *)choices->pdata[i])->gone);
    return g_steal_pointer(&choices);
}

static bool choose_of_account(GPtrArray *choices, View *view, const AccountInfo *info, const ForgetPolicy *policy,
                              GError **error)
{
    ForgetChoice *choice = add_account(choices, view, info, error);
    if (!choice)
        return false;
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_array_unref(choice->gone);
    choice->gone = forget_plan(choice->snapshots, policy, zone);
    return true;
}

GPtrArray *forget_choose_by_policy(Repository *repository, const ForgetPolicy *policy, const char *account,
                                   GError **error)
{
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func(choice_free);
    g_autoptr(View) view = view_acquire(repository, error);
    g_autoptr(AccountInfo) one = view && account ? view_account_by_name(view, account, error) : NULL;
    if (account)
        return one && choose_of_account(choices, view, one, policy, error) ? g_steal_pointer(&choices) : NULL;
    g_autoptr(GPtrArray) accounts = view ? view_accounts(view, error) : NULL;
    for (guint i = 0; accounts && i < accounts->len; i++)
        if (!choose_of_account(choices, view, accounts->pdata[i], policy, error))
            return NULL;
    return accounts ? g_steal_pointer(&choices) : NULL;
}
