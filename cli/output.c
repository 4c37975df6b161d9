#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "text.h"

char *output_styled(FILE *stream, Style style, const char *text)
{
    static const char *const colours[] = {
        [STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[31m"};
    const char *refused = g_getenv("NO_COLOR");
    const char *terminal = g_getenv("TERM");

    if ((refused && *refused) || g_strcmp0(terminal, "dumb") == 0 || !isatty(fileno(stream)))
        return g_strdup(text);
    return g_strconcat(colours[style], text, "\033[0m", NULL);
}

char *output_path(const char *path)
{
    const char *home = g_get_home_dir();
    size_t length = strlen(home);
    bool below = length > 1 && g_str_has_prefix(path, home) && path[length] == '/';
    g_autofree char *shown = below ? g_strconcat("~", path + length, NULL) : g_strdup(path);
    return text_escape(shown, strlen(shown));
}

char *output_name(const char *name)
{
    return isatty(STDOUT_FILENO) ? text_escape(name, strlen(name)) : g_strdup(name);
}

char *output_counted(uint64_t count, const char *one, const char *many)
{
    g_autofree char *number = text_count(count);
    return g_strdup_printf("%s %s", number, count == 1 ? one : many);
}

size_t output_width(const char *text)
{
    size_t width = 0;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!g_unichar_iszerowidth(c))
            width += g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

bool output_finish(GError **error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return mb_error_errno(error, errno, "cannot write to standard output");
}
