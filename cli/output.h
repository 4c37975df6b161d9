/* Text on a terminal or in a pipe: styles, names of outside, widths. */
#ifndef MB_OUTPUT_H
#define MB_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { STYLE_GOOD, STYLE_WARN, STYLE_BAD } Style;

/* The text in the style's colour where `stream` is a terminal that wants it (NO_COLOR unset), else a plain copy. Caller
 * frees. */
char *output_styled(FILE *stream, Style style, const char *text);

/* A path below the home directory with "~" for it. Caller frees. */
char *output_path(const char *path);

/* A name of outside, made safe on a terminal; elsewhere, where programs read it, byte for byte. Caller frees. */
char *output_name(const char *name);

/* "1 message", "81,204 messages". Caller frees. */
char *output_counted(uint64_t count, const char *one, const char *many);

/* Columns a text takes on a terminal. */
size_t output_width(const char *text);

/* Writes out what is buffered; false when standard output did not take everything. */
bool output_finish(GError **error);

#endif
