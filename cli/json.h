/* JSON documents on standard output. */
#ifndef MB_JSON_H
#define MB_JSON_H

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Members of the object that is open in `json`. Text that is not UTF-8 is made so. */
void json_text(JsonBuilder *json, const char *name, const char *value);
void json_number(JsonBuilder *json, const char *name, uint64_t value);
void json_truth(JsonBuilder *json, const char *name, bool value);
/* RFC 3339 in UTC; null for 0. */
void json_time(JsonBuilder *json, const char *name, int64_t time);

/* A document that is an object with one array, which is open between the two calls. */
void json_begin_list(JsonBuilder *json, const char *name);
void json_end_list(JsonBuilder *json);

/* The document, over several lines when `pretty`. Caller frees. */
char *json_text_of(JsonBuilder *json, bool pretty);

/* Prints the document and a newline. */
void json_print(JsonBuilder *json);

#endif
