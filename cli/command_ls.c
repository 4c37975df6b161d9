/* mailbackup ls: the tree of the mount, without mounting it, and the flags of messages. */
#include <stdio.h>

#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "json.h"
#include "listing.h"
#include "output.h"
#include "report.h"
#include "table.h"
#include "text.h"
#include "view.h"

typedef struct {
    gboolean details;
    gboolean json;
} LsOptions;

typedef struct {
    uint32_t bit;
    char letter; /* as in Maildir names */
    const char *name;
} Flag;

static const Flag flags[] = {
    {FLAG_SEEN, 'S', "seen"},       {FLAG_ANSWERED, 'R', "answered"}, {FLAG_FLAGGED, 'F', "flagged"},
    {FLAG_DELETED, 'T', "deleted"}, {FLAG_DRAFT, 'D', "draft"},
};

static char *flag_letters(const ListingEntry *entry)
{
    GString *letters = g_string_new(NULL);
    for (size_t i = 0; entry->attributes.kind == TREE_IS_MESSAGE && i < G_N_ELEMENTS(flags); i++)
        g_string_append_c(letters, entry->flags & flags[i].bit ? flags[i].letter : '-');
    return g_string_free(letters, FALSE);
}

/* With a slash behind a directory and an arrow to a link's target. */
static char *shown_name(const ListingEntry *entry)
{
    g_autofree char *name = output_name(entry->name);
    if (entry->target)
        return g_strdup_printf("%s -> %s", name, entry->target);
    return g_strconcat(name, entry->attributes.kind == TREE_IS_MESSAGE ? "" : "/", NULL);
}

static void print_details(const GPtrArray *entries)
{
    g_autoptr(Table) table = table_new("rlll");
    for (unsigned i = 0; i < entries->len; i++) {
        const ListingEntry *entry = g_ptr_array_index(entries, i);
        bool is_message = entry->attributes.kind == TREE_IS_MESSAGE;
        table_take(table, is_message ? text_count(entry->attributes.size) : g_strdup("-"));
        table_take(table, entry->attributes.mtime ? text_local(entry->attributes.mtime) : g_strdup("-"));
        table_take(table, flag_letters(entry));
        table_take(table, shown_name(entry));
    }
    table_print(table);
}

static void print_names(const GPtrArray *entries)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const ListingEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *name = entry->target ? output_name(entry->name) : shown_name(entry);
        puts(name);
    }
}

static const char *type_of(const TreeAttributes *attributes)
{
    switch (attributes->kind) {
    case TREE_IS_ACCOUNT:
        return "account";
    case TREE_IS_LATEST:
        return "link";
    case TREE_IS_DIRECTORY:
        return tree_mailbox(attributes->node) ? "mailbox" : "snapshot";
    case TREE_IS_MESSAGE:
        return "message";
    default:
        return "unknown";
    }
}

static void add_flags(JsonBuilder *json, const ListingEntry *entry)
{
    json_builder_set_member_name(json, "flags");
    json_builder_begin_array(json);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (entry->flags & flags[i].bit)
            json_builder_add_string_value(json, flags[i].name);
    json_builder_end_array(json);

    g_autofree char *valid = g_utf8_make_valid(entry->keywords, -1);
    g_auto(GStrv) keywords = g_strsplit(valid, " ", -1);
    json_builder_set_member_name(json, "keywords");
    json_builder_begin_array(json);
    for (char **keyword = keywords; *keyword; keyword++)
        if (**keyword)
            json_builder_add_string_value(json, *keyword);
    json_builder_end_array(json);
}

static char *entry_json(const ListingEntry *entry)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_text(json, "name", entry->name);
    json_text(json, "type", type_of(&entry->attributes));
    json_time(json, "time", entry->attributes.mtime);
    if (entry->target)
        json_text(json, "target", entry->target);
    if (entry->attributes.kind == TREE_IS_MESSAGE) {
        char hex[CONTENT_ID_HEX_SIZE];
        content_id_hex(&entry->id, hex);
        json_number(json, "size", entry->attributes.size);
        json_text(json, "sha256", hex);
        add_flags(json, entry);
    }
    json_builder_end_object(json);
    return json_text_of(json, false);
}

/* One entry a line, printed as it is read: a document of a million messages is never in memory. */
static void print_json(const GPtrArray *entries, bool first_page)
{
    for (unsigned i = 0; i < entries->len; i++) {
        g_autofree char *text = entry_json(g_ptr_array_index(entries, i));
        printf("%s\n%s", first_page && i == 0 ? "" : ",", text);
    }
}

static bool print_all(Listing *listing, const LsOptions *options, GError **error)
{
    bool first = true;
    if (options->json)
        fputs("{\"entries\": [", stdout);
    for (;; first = false) {
        g_autoptr(GPtrArray) entries = listing_next(listing, options->details || options->json, error);
        if (!entries)
            return false;
        if (entries->len == 0)
            break;
        if (options->json)
            print_json(entries, first);
        else if (options->details)
            print_details(entries);
        else
            print_names(entries);
    }
    if (options->json)
        puts("\n]}");
    return true;
}

ExitCode command_ls(CommandLine *line, GError **error)
{
    LsOptions options = {0};
    const GOptionEntry entries[] = {
        {"long", 'l', 0, G_OPTION_ARG_NONE, &options.details, "Also size, date and flags", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!options_parse(line, entries, error) || !options_count_arguments(line, 0, 1, error))
        return EXIT_CODE_USAGE;
    const char *path = line->arguments[0] ? line->arguments[0] : "";
    g_autoptr(Repository) repository = command_open_repository(line, error);
    if (!repository)
        return EXIT_CODE_FAILED;
    g_autoptr(Listing) listing = listing_open(repository, path, error);
    if (!listing || !print_all(listing, &options, error)) {
        if (error && g_error_matches(*error, MB_ERROR, MB_ERROR_NOT_FOUND))
            report_hint(error, "`mailbackup ls` lists the accounts; paths are those of the mount, below its top.");
        return EXIT_CODE_FAILED;
    }
    return EXIT_CODE_DONE;
}
