/* HTML as text to read and to search: one pass, no tree, any input. Pure; any thread. */
#ifndef MB_HTML_TEXT_H
#define MB_HTML_TEXT_H

#include <glib.h>

/* Appends the text of `html` (UTF-8): blocks as lines, where links lead to behind them in angle brackets, what pictures
 * say in place of them, no scripts and styles. */
void html_text_append(GString *out, const char *html);

/* The charset that a <meta> at the start of `bytes` claims; NULL when there is none. Caller frees. */
char *html_claimed_charset(const char *bytes, gsize length);

#endif
