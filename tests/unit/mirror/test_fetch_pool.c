/* The pool against a model server that has poisoned messages, refuses batches and loses connections: every message that
 * can come comes once, those that cannot are found, and the rest is not asked for more often than bisecting needs. */
#include "fetch_pool.h"

enum { MESSAGES = 300, BATCH = 100, ROUNDS = 300 };

typedef struct {
    GRand *random;
    uint32_t uids[MESSAGES];
    bool poisoned[MESSAGES];
    bool arrived[MESSAGES];
    unsigned asked; /* batches */
} Model;

static bool has_poison(const Model *model, const FetchBatch *batch)
{
    bool found = false;
    for (size_t i = batch->first; i < batch->first + batch->count; i++)
        found |= model->poisoned[i] && !model->arrived[i];
    return found;
}

/* A refused batch brings nothing, or some of it first. */
static void answer(Model *model, FetchPool *pool, const FetchBatch *batch)
{
    bool refused = has_poison(model, batch);
    bool unlucky = g_rand_int_range(model->random, 0, 10) == 0;
    for (size_t i = batch->first; i < batch->first + batch->count && !unlucky; i++) {
        if (model->poisoned[i] || (refused && g_rand_boolean(model->random)))
            continue;
        bool is_new = fetch_pool_arrived(pool, model->uids[i]);
        g_assert_true(is_new != model->arrived[i]);
        model->arrived[i] = true;
    }
    fetch_pool_return(pool, batch, unlucky ? BATCH_UNASKED : refused ? BATCH_REFUSED : BATCH_ANSWERED, "poison");
}

static void check_end(const Model *model, FetchPool *pool, size_t poisoned)
{
    g_autoptr(GArray) absent = fetch_pool_absent(pool);
    g_assert_cmpuint(absent->len, ==, poisoned);
    g_assert_cmpuint(fetch_pool_count_absent(pool), ==, poisoned);
    g_assert_cmpuint(fetch_pool_count_arrived(pool), ==, MESSAGES - poisoned);
    g_assert_cmpuint(fetch_pool_count_waiting(pool), ==, 0);
    for (guint i = 0; i < absent->len; i++)
        g_assert_cmpstr(g_array_index(absent, AbsentMessage, i).reason, ==, "poison");
    for (size_t i = 0; i < MESSAGES; i++)
        g_assert_true(model->arrived[i] != model->poisoned[i]);
}

static void play(guint32 seed)
{
    Model model = {.random = g_rand_new_with_seed(seed)};
    size_t poisoned = 0, most = (size_t)g_rand_int_range(model.random, 0, 5);
    for (size_t i = 0; i < MESSAGES; i++)
        model.uids[i] = (uint32_t)(3 * i + 1);
    for (size_t i = 0; i < most; i++)
        model.poisoned[g_rand_int_range(model.random, 0, MESSAGES)] = true;
    for (size_t i = 0; i < MESSAGES; i++)
        poisoned += model.poisoned[i];
    g_autoptr(FetchPool) pool = fetch_pool_new(model.uids, MESSAGES);
    FetchBatch batch;
    for (; fetch_pool_take(pool, BATCH, &batch); model.asked++)
        answer(&model, pool, &batch);
    check_end(&model, pool, poisoned);
    g_assert_cmpuint(model.asked, <=, 20 + 40 * poisoned);
    g_rand_free(model.random);
}

static void test_model(void)
{
    for (guint32 seed = 1; seed <= ROUNDS; seed++)
        play(seed);
}

static void test_foreign_and_twice(void)
{
    const uint32_t uids[] = {5, 7};
    g_autoptr(FetchPool) pool = fetch_pool_new(uids, G_N_ELEMENTS(uids));
    g_assert_false(fetch_pool_arrived(pool, 6));
    g_assert_true(fetch_pool_arrived(pool, 7));
    g_assert_false(fetch_pool_arrived(pool, 7));
    FetchBatch batch;
    g_assert_true(fetch_pool_take(pool, 10, &batch));
    g_autoptr(GArray) wanted = fetch_pool_wanted(pool, &batch);
    g_assert_cmpuint(wanted->len, ==, 1);
    g_assert_cmpuint(g_array_index(wanted, uint32_t, 0), ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fetch-pool/model", test_model);
    g_test_add_func("/fetch-pool/foreign-and-twice", test_foreign_and_twice);
    return g_test_run();
}
