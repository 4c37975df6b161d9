/* Where a file is mapped in this process, for libraries that map one and do not tell, and what that takes. */
#ifndef MB_MAPPED_FILE_H
#define MB_MAPPED_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Opens what the kernel tells of this process and keeps it, for the time when the process is confined and can open
 * nothing. After the last fork. Any thread; once is enough. */
void mapped_file_prepare(void);

/* The first byte of a shared map of the file that `fd` is open on, from the file's beginning, and its length; NULL:
 * none was found. Any thread. */
uint8_t *mapped_file_find(int fd, size_t *length);

/* Bytes of mapped files that are resident, of all together; 0 where that cannot be known. Cheap; any thread. */
size_t mapped_file_resident(void);

#endif
