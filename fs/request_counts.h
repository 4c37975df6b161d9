/* How many requests of each kind the kernel has sent. Any thread may count and read. */
#ifndef MB_REQUEST_COUNTS_H
#define MB_REQUEST_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

#define REQUEST_KINDS 64 /* opcodes of linux/fuse.h are below it; the few above share the last place */

typedef struct {
    atomic_uint_fast64_t of[REQUEST_KINDS];
} RequestCounts;

void request_counts_add(RequestCounts *counts, uint32_t opcode);

/* "LOOKUP 12, READ 3": the kinds seen so far, in the order of their numbers. Caller frees. */
char *request_counts_text(RequestCounts *counts);

#endif
