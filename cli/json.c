#include "json.h"

#include <stdio.h>

#include "text.h"

void json_text(JsonBuilder *json, const char *name, const char *value)
{
    json_builder_set_member_name(json, name);
    if (value) {
        g_autofree char *valid = g_utf8_make_valid(value, -1);
        json_builder_add_string_value(json, valid);
    } else {
        json_builder_add_null_value(json);
    }
}

void json_number(JsonBuilder *json, const char *name, uint64_t value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, (gint64)MIN(value, (uint64_t)G_MAXINT64));
}

void json_truth(JsonBuilder *json, const char *name, bool value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_boolean_value(json, value);
}

void json_time(JsonBuilder *json, const char *name, int64_t time)
{
    g_autofree char *text = time ? text_utc(time) : NULL;
    json_text(json, name, text);
}

void json_begin_list(JsonBuilder *json, const char *name)
{
    json_builder_begin_object(json);
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
}

void json_end_list(JsonBuilder *json)
{
    json_builder_end_array(json);
    json_builder_end_object(json);
}

char *json_text_of(JsonBuilder *json, bool pretty)
{
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    return json_to_string(root, pretty);
}

void json_print(JsonBuilder *json)
{
    g_autofree char *text = json_text_of(json, true);
    puts(text);
}
