/* Memory for the bytes of frames. What comes fresh from the kernel costs about as much to touch as a frame to
 * decompress, so one buffer is kept and used again. Thread-safe. */
#ifndef MB_LARGE_BUFFER_H
#define MB_LARGE_BUFFER_H

#include <stddef.h>

/* Room for `size` bytes, undefined. Never NULL. */
void *large_buffer_take(size_t size);
/* Gives it back; NULL is passed over. */
void large_buffer_give(void *buffer);

#endif
