/* The characters that HTML gives names and numbers to. */
#ifndef MB_HTML_ENTITIES_H
#define MB_HTML_ENTITIES_H

#include <glib.h>

/* `at` points to an ampersand. *character is what the entity there stands for, and the result how many bytes it has; 0
 * when there is none. */
gsize html_entity(const char *at, gunichar *character);

#endif
