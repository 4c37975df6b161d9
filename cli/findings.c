#include "findings.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

Findings findings_begin(const char *title, const char *unit, const char *list)
{
    Findings findings = {.progress = progress_new(title, unit), .json = list ? json_builder_new() : NULL};
    if (list) {
        json_builder_begin_object(findings.json);
        json_builder_set_member_name(findings.json, list);
        json_builder_begin_array(findings.json);
    }
    return findings;
}

JsonBuilder *findings_end(Findings *findings)
{
    g_clear_pointer(&findings->progress, progress_free);
    if (findings->json)
        json_builder_end_array(findings->json);
    return findings->json;
}

void findings_print(Findings *findings)
{
    if (!findings->json)
        return;
    json_builder_end_object(findings->json);
    json_print(findings->json);
}

void findings_clear(Findings *findings)
{
    g_clear_pointer(&findings->progress, progress_free);
    g_clear_object(&findings->json);
}

void findings_add(const char *text, void *user)
{
    Findings *findings = user;
    progress_clear(findings->progress);
    if (findings->json) {
        g_autofree char *valid = g_utf8_make_valid(text, -1);
        json_builder_add_string_value(findings->json, valid);
    } else {
        g_autofree char *safe = text_escape(text, strlen(text));
        puts(safe);
        fflush(stdout);
    }
}

void findings_progress(const char *what, uint64_t done, uint64_t total, void *user)
{
    Findings *findings = user;
    progress_show(findings->progress, &(ProgressState){.what = what, .done = done, .total = total});
}
