#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_private.h"
#include "durable.h"

#define GOES_ON_FOR_S ((int64_t)7 * 24 * 60 * 60)

/* The words of the file, a line. */
enum { SHARE, BEGUN, PACK, CHECKSUM, WORDS };

static char *path_of(const Check *check)
{
    return g_build_filename(check->repository->path, "check", NULL);
}

static char *share_of(const Check *check)
{
    const CheckOptions *options = check->options;
    return options->shares > 1 ? g_strdup_printf("%u/%u", options->share, options->shares) : g_strdup("1/1");
}

static int64_t now(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* A damaged file must not make us pass anything over. */
static char *line_of(const char *share, int64_t begun, uint64_t pack)
{
    g_autofree char *text = g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, share, begun, pack);
    g_autofree char *checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strdup_printf("%s %s\n", text, checksum);
}

static uint64_t number(const char *word)
{
    return strtoull(word, NULL, 10);
}

static bool is_valid(char **words, const char *text, const char *share)
{
    if (g_strv_length(words) != WORDS || strcmp(words[SHARE], share) != 0)
        return false;
    int64_t begun = (int64_t)number(words[BEGUN]), age_s = now() - begun;
    g_autofree char *line = line_of(share, begun, number(words[PACK]));
    return strcmp(line, text) == 0 && age_s >= 0 && age_s < GOES_ON_FOR_S;
}

void check_resume_load(Check *check)
{
    g_autofree char *path = path_of(check), *share = share_of(check), *text = NULL;
    check->begun = now();
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    if (!is_valid(words, text, share))
        return;
    check->begun = (int64_t)number(words[BEGUN]);
    check->totals->resumed_behind = (uint32_t)number(words[PACK]);
}

void check_resume_save(Check *check, uint32_t pack)
{
    g_autofree char *path = path_of(check), *share = share_of(check);
    g_autofree char *line = line_of(share, check->begun, pack);
    durable_replace_file(path, line, strlen(line), 0600, NULL);
}

void check_resume_forget(Check *check)
{
    g_autofree char *path = path_of(check);
    unlink(path);
}
