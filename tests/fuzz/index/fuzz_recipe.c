/* Recipes from any bytes: what decodes encodes to the same. And messages from any bytes: what is taken apart adds up to
 * the message (dissect() itself proves that its parts lead back to it). */
#include <string.h>

#include "dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_recipe(const uint8_t *data, size_t size)
{
    uint64_t header;
    g_autoptr(Recipe) recipe = recipe_decode(data, size, size, &header, NULL);
    if (!recipe)
        return;
    g_autoptr(GByteArray) again = recipe_encode(recipe);
    g_assert_cmpuint(again->len, ==, header);
    g_assert_true(memcmp(again->data, data, header) == 0);
    for (uint64_t offset = 0; offset < recipe->shown; offset += recipe->shown / 7 + 1) {
        const RecipeSpan *span = &g_array_index(recipe->spans, RecipeSpan, recipe_find(recipe, offset));
        g_assert_true(span->shown_start <= offset && offset - span->shown_start < span->shown);
    }
}

static void check_message(const uint8_t *data, size_t size)
{
    g_autoptr(Spool) message = spool_new(g_get_tmp_dir());
    spool_append(message, data, size, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Dissection) dissection = dissect(message, g_get_tmp_dir(), &error);
    g_assert_no_error(error);
    if (!dissection)
        return;
    g_assert_cmpuint(dissection->recipe->shown, ==, size);
    g_assert_cmpuint(dissection->recipe->text, ==, spool_size(dissection->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_recipe(data, size);
    check_message(data, size);
    return 0;
}
