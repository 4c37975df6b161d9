#include "number_set.h"

static uint32_t at(const GArray *numbers, guint index)
{
    return g_array_index(numbers, uint32_t, index);
}

/* How many numbers the run has that begins at `index`. */
static guint run_length(const GArray *numbers, guint index)
{
    guint length = 1;
    while (index + length < numbers->len && at(numbers, index + length) == at(numbers, index) + length)
        length++;
    return length;
}

static guint count_runs(const GArray *numbers)
{
    guint runs = 0;
    for (guint i = 0; i < numbers->len; i += run_length(numbers, i))
        runs++;
    return runs;
}

void put_number_set(GByteArray *out, const GArray *numbers)
{
    put_varint(out, count_runs(numbers));
    uint32_t last = 0;
    for (guint i = 0, length; i < numbers->len; i += length) {
        length = run_length(numbers, i);
        put_varint(out, at(numbers, i) - last);
        put_varint(out, length - 1);
        last = at(numbers, i + length - 1);
    }
}

static bool take_run(Reader *in, uint64_t *last, GArray *numbers, size_t at_most)
{
    uint64_t distance = take_varint32(in), more = take_varint32(in);
    uint64_t first = *last + distance;
    *last = first + more;
    if (in->failed || distance == 0 || *last > UINT32_MAX || more >= at_most - numbers->len)
        return false;
    for (uint64_t number = first; number <= *last; number++) {
        uint32_t taken = (uint32_t)number;
        g_array_append_val(numbers, taken);
    }
    return true;
}

GArray *number_set_decode(const void *bytes, size_t length, size_t at_most)
{
    Reader in = reader_of(bytes, length);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint64_t runs = take_varint(&in), last = 0;
    for (uint64_t i = 0; i < runs; i++)
        if (in.failed || !take_run(&in, &last, numbers, at_most))
            return NULL;
    return reader_done(&in) ? g_steal_pointer(&numbers) : NULL;
}

guint number_set_find(const GArray *numbers, uint32_t number)
{
    guint low = 0, high = numbers->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (at(numbers, middle) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool number_set_has(const GArray *numbers, uint32_t number)
{
    guint index = number_set_find(numbers, number);
    return index < numbers->len && at(numbers, index) == number;
}
