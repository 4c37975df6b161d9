/* Reading a mapped file that may be damaged or cut while it is mapped: the kernel answers that with SIGBUS or SIGSEGV,
 * which would end the program, and LMDB with abort(). Within a guarded call it is a return value instead. Any thread.
 */
#ifndef MB_MAP_GUARD_H
#define MB_MAP_GUARD_H

#include <limits.h>

#define MAP_GUARD_FAULT INT_MIN

/* What `read` returns, or MAP_GUARD_FAULT where it was broken off. It must only read: what it holds at that moment,
 * memory or locks, stays held. Not nested. */
int map_guard_call(int (*read)(void *user), void *user);

/* Breaks off the guarded call that this thread is in; returns where there is none. */
void map_guard_break_off(void);

#endif
