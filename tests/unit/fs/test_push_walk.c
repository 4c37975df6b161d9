/* The plan of pushing ahead: when somebody walks, what is due, and what is left to him. */
#include "push_walk.h"

#include <glib.h>

static PushWalk walk_at(uint32_t uid)
{
    PushWalk walk = {.snapshot = 1};
    push_walk_read(&walk, uid - 1);
    push_walk_read(&walk, uid);
    push_walk_begin(&walk);
    return walk;
}

/* Passes the next messages, whose UIDs follow each other, as if all had been loaded. Returns how many were pushed. */
static unsigned pass(PushWalk *walk, uint32_t after, unsigned messages)
{
    unsigned pushed = 0;
    walk->loaded = after + messages;
    push_walk_enter(walk, 0, after);
    for (uint32_t uid = after + 1; uid <= walk->loaded; uid++)
        pushed += push_walk_pass(walk, 0, uid);
    push_walk_leave(walk, 0);
    return pushed;
}

static void test_what_may_be_a_walk(void)
{
    PushWalk walk = {.snapshot = 1};
    g_assert_false(push_walk_read(&walk, 100)); /* nothing before it */
    g_assert_true(push_walk_read(&walk, 99));   /* backwards */
    g_assert_true(push_walk_turns_back(&walk));
    g_assert_true(push_walk_read(&walk, 101));
    g_assert_false(push_walk_turns_back(&walk));
    g_assert_false(push_walk_read(&walk, 101));
    g_assert_false(push_walk_read(&walk, 50000)); /* far away */
    g_assert_false(walk.walking);
}

static void test_the_tripwire_makes_two_chunks_due(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(after, ==, 10);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 0); /* it is on its way */
    g_assert_cmpuint(pass(&walk, 10, PUSH_CHUNK_AT_LEAST), ==, PUSH_CHUNK_AT_LEAST - 1);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 0);
    g_assert_true(push_walk_read(&walk, 11)); /* the one that was left out */
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 4 * PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(after, ==, 10 + PUSH_CHUNK_AT_LEAST);
    walk.loaded += 4 * PUSH_CHUNK_AT_LEAST;
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 16 * PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 0);
    g_assert_false(push_walk_read(&walk, 10 + PUSH_CHUNK_AT_LEAST)); /* still in the first */
    g_assert_true(push_walk_read(&walk, 11 + PUSH_CHUNK_AT_LEAST));
}

static void test_behind_the_last_message_nothing_is_due(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    walk.is_exhausted = true;
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 0);
    g_assert_false(push_walk_read(&walk, 11));
}

static void test_who_is_expected_gets_as_much_as_before(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_end(&walk);
    push_walk_expect(&walk, 4 * PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 4 * PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(after, ==, 0);
    pass(&walk, 0, 4 * PUSH_CHUNK_AT_LEAST);
    g_assert_true(push_walk_read(&walk, 1));
}

static void test_what_the_walker_reaches_first_is_left_to_him(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    walk.loaded = 100;
    push_walk_read(&walk, 15); /* meanwhile */
    push_walk_enter(&walk, 0, 10);
    for (uint32_t uid = 11; uid <= 17; uid++)
        g_assert_false(push_walk_pass(&walk, 0, uid));
    g_assert_false(push_walk_pass(&walk, 0, 18)); /* the tripwire */
    g_assert_true(push_walk_pass(&walk, 0, 19));
}

static void test_a_walker_who_waits_needs_no_lead(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    pass(&walk, 10, PUSH_CHUNK_AT_LEAST);
    push_walk_read(&walk, 40);
    push_walk_take_chunk(&walk, &after);
    walk.is_held = true;
    push_walk_enter(&walk, 0, 38);
    for (uint32_t uid = 39; uid <= 40; uid++)
        g_assert_false(push_walk_pass(&walk, 0, uid));
    g_assert_false(push_walk_pass(&walk, 0, 41)); /* the tripwire */
    g_assert_true(push_walk_pass(&walk, 0, 42));
}

/* Two lanes, the first of them behind the second. */
static void test_what_is_pushed_and_what_is_to_come(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    push_walk_enter(&walk, 0, 10);
    push_walk_enter(&walk, 1, 14);
    walk.loaded = 18;
    push_walk_pass(&walk, 0, 12);
    g_assert_true(push_walk_pass(&walk, 1, 16)); /* the other lane has the tripwire */
    g_assert_cmpuint(walk.pushed, ==, 12);
    g_assert_false(push_walk_is_to_come(&walk, 11));
    g_assert_false(push_walk_is_to_come(&walk, 12)); /* on its way */
    g_assert_true(push_walk_is_to_come(&walk, 13));
    g_assert_false(push_walk_is_to_come(&walk, 16));
    push_walk_leave(&walk, 0);
    g_assert_cmpuint(walk.pushed, ==, 16);
    g_assert_false(push_walk_is_done(&walk));
    push_walk_leave(&walk, 1);
    g_assert_cmpuint(walk.pushed, ==, 18);
    g_assert_false(push_walk_is_done(&walk)); /* the chunk goes on */
    walk.is_loading = false;
    g_assert_true(push_walk_is_done(&walk)); /* another is due only when somebody reads on */
    push_walk_read(&walk, 11);
    g_assert_false(push_walk_is_done(&walk));
}

static void test_what_was_for_another_walk_is_not_pushed(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    push_walk_enter(&walk, 0, 10);
    push_walk_end(&walk);
    push_walk_begin(&walk);
    for (uint32_t uid = 11; uid <= 13; uid++)
        g_assert_false(push_walk_pass(&walk, 0, uid));
    push_walk_leave(&walk, 0);
    g_assert_cmpuint(walk.pushed, ==, 10);
}

static void test_a_chunk_that_came_too_late_does_not_stop_the_walk(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    push_walk_read(&walk, 40);
    g_assert_cmpuint(pass(&walk, 10, PUSH_CHUNK_AT_LEAST), ==, 0);
    g_assert_true(push_walk_read(&walk, 41));
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), >, 0);
    g_assert_cmpuint(after, ==, 41);
}

static void test_chunks_shrink_when_what_is_pushed_gets_lost(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    unsigned chunk = 0;
    for (int i = 0; i < 10; i++) {
        chunk = push_walk_take_chunk(&walk, &after);
        pass(&walk, after, chunk);
        push_walk_read(&walk, after + 1);
    }
    g_assert_cmpuint(chunk, ==, PUSH_CHUNK_AT_MOST);
    for (int i = 0; i < 10; i++) {
        chunk = push_walk_take_chunk(&walk, &after);
        pass(&walk, after, chunk);
        for (uint32_t uid = after + 1; uid <= walk.pushed; uid++)
            push_walk_read(&walk, uid);
    }
    g_assert_cmpuint(chunk, ==, PUSH_CHUNK_AT_LEAST);
}

static void test_somebody_else_far_ahead_ends_the_walk(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    pass(&walk, 10, PUSH_CHUNK_AT_LEAST);
    g_assert_false(push_walk_read(&walk, 70000));
    g_assert_false(walk.walking);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 0);
}

static void test_reading_behind_the_walker_changes_nothing(void)
{
    uint32_t after;
    PushWalk walk = walk_at(1000);
    push_walk_take_chunk(&walk, &after);
    pass(&walk, 1000, PUSH_CHUNK_AT_LEAST);
    g_assert_false(push_walk_read(&walk, 3));
    g_assert_true(walk.walking);
}

static void test_whoever_begins_again_is_a_walker_anew(void)
{
    uint32_t after;
    PushWalk walk = walk_at(10);
    push_walk_take_chunk(&walk, &after);
    pass(&walk, 10, PUSH_CHUNK_AT_LEAST);
    push_walk_read(&walk, 11);
    push_walk_read(&walk, 26);
    push_walk_read(&walk, 2); /* the kernel has let go of what was pushed */
    g_assert_true(push_walk_read(&walk, 3));
    g_assert_false(walk.walking);
    push_walk_begin(&walk);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(after, ==, 3);
}

/* A walk from 50 down, that pushed as much as a chunk. */
static PushWalk backward_walk(void)
{
    uint32_t after;
    PushWalk walk = {.snapshot = 1};
    push_walk_read(&walk, 51);
    g_assert_true(push_walk_read(&walk, 50));
    push_walk_begin(&walk);
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(push_walk_place(walk.is_backward, after), ==, 50);
    walk.loaded = push_walk_place(true, 50 - PUSH_CHUNK_AT_LEAST);
    push_walk_enter(&walk, 0, after);
    return walk;
}

static void test_a_walk_backwards(void)
{
    uint32_t after;
    PushWalk walk = backward_walk();
    g_assert_false(push_walk_pass(&walk, 0, 49)); /* the tripwire */
    g_assert_true(push_walk_pass(&walk, 0, 48));
    g_assert_true(push_walk_is_to_come(&walk, 47));
    for (uint32_t uid = 47; uid >= 50 - PUSH_CHUNK_AT_LEAST; uid--)
        g_assert_true(push_walk_pass(&walk, 0, uid));
    push_walk_leave(&walk, 0);
    g_assert_false(push_walk_is_to_come(&walk, 47));
    g_assert_true(push_walk_read(&walk, 49));
    g_assert_cmpuint(push_walk_take_chunk(&walk, &after), ==, 4 * PUSH_CHUNK_AT_LEAST);
    g_assert_cmpuint(push_walk_place(walk.is_backward, after), ==, 50 - PUSH_CHUNK_AT_LEAST);
}

static void test_who_turns_round_is_a_walker_anew(void)
{
    PushWalk walk = backward_walk();
    push_walk_read(&walk, 45);
    push_walk_read(&walk, 46);
    push_walk_read(&walk, 47);
    g_assert_true(walk.walking); /* may be two who are not in step */
    g_assert_true(push_walk_read(&walk, 48));
    g_assert_false(walk.walking);
    push_walk_begin(&walk);
    g_assert_false(walk.is_backward);
    g_assert_cmpuint(walk.read, ==, 48);
}

static void test_the_last_uid_there_can_be(void)
{
    uint32_t after;
    PushWalk walk = walk_at(UINT32_MAX);
    push_walk_take_chunk(&walk, &after);
    g_assert_cmpuint(after, ==, UINT32_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/push-walk/begins", test_what_may_be_a_walk);
    g_test_add_func("/push-walk/tripwire", test_the_tripwire_makes_two_chunks_due);
    g_test_add_func("/push-walk/exhausted", test_behind_the_last_message_nothing_is_due);
    g_test_add_func("/push-walk/expected", test_who_is_expected_gets_as_much_as_before);
    g_test_add_func("/push-walk/held", test_a_walker_who_waits_needs_no_lead);
    g_test_add_func("/push-walk/lanes", test_what_is_pushed_and_what_is_to_come);
    g_test_add_func("/push-walk/another-walk", test_what_was_for_another_walk_is_not_pushed);
    g_test_add_func("/push-walk/left-to-the-walker", test_what_the_walker_reaches_first_is_left_to_him);
    g_test_add_func("/push-walk/too-late", test_a_chunk_that_came_too_late_does_not_stop_the_walk);
    g_test_add_func("/push-walk/shrinks", test_chunks_shrink_when_what_is_pushed_gets_lost);
    g_test_add_func("/push-walk/somebody-else", test_somebody_else_far_ahead_ends_the_walk);
    g_test_add_func("/push-walk/behind", test_reading_behind_the_walker_changes_nothing);
    g_test_add_func("/push-walk/again", test_whoever_begins_again_is_a_walker_anew);
    g_test_add_func("/push-walk/backwards", test_a_walk_backwards);
    g_test_add_func("/push-walk/turns-round", test_who_turns_round_is_a_walker_anew);
    g_test_add_func("/push-walk/last-uid", test_the_last_uid_there_can_be);
    return g_test_run();
}
