/* How much of the catalog stays resident. What is read of it is mapped, and the kernel would let it count as ours until
 * somebody else needs the memory. */
#ifndef MB_MAPPED_MEMORY_H
#define MB_MAPPED_MEMORY_H

#include <glib.h>

#define MAPPED_MEMORY_BYTES (16u << 20)

typedef struct MappedMemory MappedMemory;

/* Opens what the kernel tells of this process, which a confined one cannot any more. */
MappedMemory *mapped_memory_new(void);
void mapped_memory_free(MappedMemory *memory);

/* Where more than that is resident of mapped files, lets go of the catalog's pages. They stay in the page cache, from
 * where they come back when they are read; so any thread may read meanwhile. For one thread at a time. */
void mapped_memory_trim(MappedMemory *memory);

#endif
