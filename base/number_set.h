/* A set of numbers in few bytes: runs of neighbours, ascending. A varint count of runs, then for each a varint distance
 * from the end of the run before (from 0 for the first; never 0) and a varint of how many follow its first number. */
#ifndef MB_NUMBER_SET_H
#define MB_NUMBER_SET_H

#include <glib.h>

#include "cursor.h"

/* Appends the set: a GArray of uint32_t, ascending, none twice, none 0. */
void put_number_set(GByteArray *out, const GArray *numbers);

/* The set that fills `bytes`: a GArray of uint32_t, ascending. NULL when the bytes are no set, or one of more than
 * `at_most` numbers. */
GArray *number_set_decode(const void *bytes, size_t length, size_t at_most);

/* The first index whose number is not below `number`; numbers->len when there is none. */
guint number_set_find(const GArray *numbers, uint32_t number);
bool number_set_has(const GArray *numbers, uint32_t number);

#endif
