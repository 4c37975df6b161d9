#include "findings.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

void findings_add(const char *text, void *user)
{
    Findings *findings = user;
    progress_clear(findings->progress);
    if (findings->array) {
        g_autofree char *valid = g_utf8_make_valid(text, -1);
        json_builder_add_string_value(findings->array, valid);
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
