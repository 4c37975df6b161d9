/* The words after -o of mailbackupfs, which come from people, fstab and mount(8). */
#ifndef MB_MOUNT_WORDS_H
#define MB_MOUNT_WORDS_H

#include <glib.h>
#include <stdbool.h>

#include "mount.h"

/* What the options that were read point to. */
typedef struct {
    GPtrArray *strings;
} MountWords;

/* Sets what the lists (NULL-terminated, or NULL) say in *options, whose strings then belong to `words`. Unknown words
 * and values that make no sense are MB_ERROR_INVALID. */
bool mount_words_parse(MountWords *words, char **lists, MountOptions *options, GError **error);

void mount_words_clear(MountWords *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MountWords, mount_words_clear)

#endif
