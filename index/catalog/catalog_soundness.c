#include <fcntl.h>

#include "catalog_env_private.h"
#include "catalog_mark.h"
#include "catalog_verify.h"
#include "error.h"

#define VERIFY_TRIES 8

/* Verifies what a read transaction of now sees, and keeps from being overwritten. */
static bool verify_now(CatalogEnv *env, GError **error)
{
    MDB_txn *txn;
    int fd, code = mdb_env_get_fd(env->env, &fd);
    if (code == 0)
        code = mdb_txn_begin(env->env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return catalog_env_fail(error, code, "beginning to read");
    bool right = catalog_verify_pages(fd, mdb_txn_id(txn), catalog_table_names, TABLE_COUNT, error);
    mdb_txn_abort(txn);
    return right;
}

/* A writer may go on so fast that the state that was to be verified is gone: then the next one is. */
static bool verify_pages(CatalogEnv *env, GError **error)
{
    for (int tries = 1; tries < VERIFY_TRIES; tries++) {
        g_autoptr(GError) reason = NULL;
        if (verify_now(env, &reason))
            return true;
        if (!g_error_matches(reason, MB_ERROR, MB_ERROR_AGAIN)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
    }
    return verify_now(env, error);
}

static char *present_state(CatalogEnv *env)
{
    int fd;
    return mdb_env_get_fd(env->env, &fd) == 0 ? catalog_mark_state(fd, catalog_env_generation(env)) : NULL;
}

static void take_for_sound(CatalogEnv *env, char *state)
{
    g_free(env->sound);
    env->sound = state;
}

/* From the medium: what is read of a page that is cached says nothing about it. */
static void read_anew(CatalogEnv *env)
{
    int fd;
    if (mdb_env_get_fd(env->env, &fd) == 0) {
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    }
}

static bool verify_and_mark(CatalogEnv *env, GError **error)
{
    g_autofree char *before = present_state(env);
    read_anew(env);
    if (!verify_pages(env, error))
        return false;
    env->is_verified = true;
    g_autofree char *after = present_state(env);
    if (g_strcmp0(before, after) != 0 || !after)
        return true;
    env->verified_at = catalog_mark_now();
    catalog_mark_write(env->directory_fd, after, env->verified_at);
    take_for_sound(env, g_steal_pointer(&after));
    return true;
}

bool catalog_soundness_establish(CatalogEnv *env, GError **error)
{
    g_autofree char *state = present_state(env);
    if (!catalog_mark_holds(env->directory_fd, state, &env->verified_at))
        return verify_and_mark(env, error);
    take_for_sound(env, g_steal_pointer(&state));
    return true;
}

bool catalog_env_verify(CatalogEnv *env, GError **error)
{
    return env->is_verified || verify_and_mark(env, error);
}

void catalog_soundness_look_for_others(CatalogEnv *env)
{
    g_autofree char *state = env->sound ? present_state(env) : NULL;
    if (g_strcmp0(state, env->sound) != 0)
        take_for_sound(env, NULL);
}

void catalog_soundness_note_own_work(CatalogEnv *env)
{
    if (!env->sound)
        return;
    char *state = present_state(env);
    env->is_mark_behind |= g_strcmp0(state, env->sound) != 0;
    take_for_sound(env, state);
}

void catalog_soundness_bring_mark_up(CatalogEnv *env)
{
    if (env->is_mark_behind && env->sound)
        catalog_mark_write(env->directory_fd, env->sound, env->verified_at);
    env->is_mark_behind = false;
}
