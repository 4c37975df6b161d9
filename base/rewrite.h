/* Small text files that may be lost: written in place and not made durable, which costs next to nothing. After a crash
 * such a file may hold anything; who reads it must do without. */
#ifndef MB_REWRITE_H
#define MB_REWRITE_H

/* Makes file `name` hold just `text`, with mode 0600 when it is new. `directory` is a descriptor, or AT_FDCWD. No link
 * is followed. A file that could not be written whole is removed, if that is possible. */
void rewrite_text(int directory, const char *name, const char *text);

#endif
