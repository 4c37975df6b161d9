/* A bar of a chart, for a terminal. */
#ifndef MB_BAR_H
#define MB_BAR_H

#include <stdint.h>

/* `value` of `most` as blocks, `columns` for all of it, in steps of an eighth of a column; never nothing for
 * something. Caller frees. */
char *bar_new(uint64_t value, uint64_t most, unsigned columns);

#endif
