/*
 * The main file comes first, with its lists; then accounts.d/ and endpoints.d/
 * in the order of the file names, so that complaints come in the same order
 * every time. A file that cannot be used does not keep the others from being
 * read. In the end everything is looked at together: names that are there
 * twice, things that lead nowhere.
 */
#include "config/files.h"

#include "base/alloc.h"
#include "config/draft.h"
#include "config/name.h"
#include "config/source.h"
#include "config/together.h"
#include "config/url.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".conf"

enum kind { ACCOUNT, ENDPOINT };

static const char *const kind_words[] = {"account", "endpoint"};

/* ---- names ---- */

static void check_name(struct reading *reading, struct place place,
                       enum kind kind, const char *name)
{
    const char *trouble = name_trouble(name);

    if (trouble)
        reading_error(reading, place, "the name of an %s %s", kind_words[kind],
                      trouble);
}

/* ---- one account, one endpoint ---- */

static void add_account(struct together *all, struct object *object,
                        const config_setting_t *group, const char *name)
{
    struct account_draft *draft = together_add_account(all);

    draft->place = object->place;
    draft->account.name = reading_copy(all->reading, all->reading->open, name);
    object->arena = all->reading->open;
    object->keys = &keys_account;
    object->draft = draft;
    object_read(object, group);
    account_draft_check(draft, object);
}

static void add_endpoint(struct together *all, struct object *object,
                         const config_setting_t *group, const char *name,
                         bool exposed)
{
    struct endpoint_draft *draft = together_add_endpoint(all);

    draft->place = object->place;
    draft->endpoint.name =
        reading_copy(all->reading, all->reading->secret, name);
    object->arena = all->reading->secret;
    object->keys = &keys_endpoint;
    object->draft = draft;
    object_read(object, group);
    endpoint_draft_check(draft, object, exposed);
}

/* place.line is 0 if group is a whole file, which gave it the name. */
static void add(struct together *all, enum kind kind,
                const struct source *source, const config_setting_t *group,
                struct place place, const char *name)
{
    struct object object = {
        .reading = all->reading, .place = place, .named = place.line > 0};

    check_name(all->reading, place, kind, name);
    if (kind == ACCOUNT)
        add_account(all, &object, group, name);
    else
        add_endpoint(all, &object, group, name, source->exposed);
}

/* ---- files ---- */

/* A list of the main file; null if it is not there. */
static void read_list(struct together *all, enum kind kind,
                      const struct source *source, const config_setting_t *list)
{
    int length = list ? config_setting_length(list) : 0;

    for (int i = 0; i < length; i++) {
        const config_setting_t *group =
            config_setting_get_elem(list, (unsigned)i);
        struct place place = {source->path, config_setting_source_line(group)};
        const char *name = NULL;

        if (!config_setting_lookup_string(group, "name", &name) ||
            name[0] == '\0') {
            reading_error(all->reading, place,
                          "this %s needs a name: name = \"...\"",
                          kind_words[kind]);
            name = "";
        }
        add(all, kind, source, group, place, name);
    }
}

/* A folder of that name in the folder of the main file. */
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash + 1 - path) : 0;

    return xasprintf("%.*s%s", length, path, name);
}

/* Who has nothing to say in the main file need not have one, as long as there
 * is something beside it, or is going to be. */
static bool may_be_left_out(const struct reading *reading, const char *path)
{
    char *accounts = beside(path, "accounts.d");
    char *endpoints = beside(path, "endpoints.d");
    bool may = access(path, F_OK) < 0 && errno == ENOENT &&
               (reading->staged || access(accounts, F_OK) == 0 ||
                access(endpoints, F_OK) == 0);

    free(accounts);
    free(endpoints);
    return may;
}

/* Browsers let only such pages ask for pushes. */
static void check_phone_page(struct object *object, const char *address)
{
    struct url url = {.https = false};
    const char *trouble = address ? url_check(address, &url) : NULL;

    if (address && !trouble && !url.https && !host_is_loopback(url.host))
        trouble = "must begin with https://: to a page without it no phone "
                  "gives a subscription";
    if (trouble)
        reading_error(object->reading, object_place(object, "phone_page"),
                      "phone_page %s", trouble);
}

static void read_main_file(struct together *all, const char *path)
{
    struct main_draft draft = {0};
    struct source source;
    struct object object = {.reading = all->reading,
                            .arena = all->reading->open,
                            .place = {path, 0},
                            .keys = &keys_main,
                            .draft = &draft};

    if (access(path, F_OK) < 0 && errno == ENOENT) {
        reading_error(all->reading, object.place,
                      "%s; imappushd --add-account makes what is needed",
                      strerror(ENOENT));
        all->broken = true;
        return;
    }
    if (source_open(all->reading, path, &source) == 0) {
        object_read(&object, source_root(&source));
        all->reading->config->log_level = (enum log_level)draft.log_level;
        all->reading->config->discovery_ispdb = draft.discovery_ispdb;
        all->vapid_subject = draft.vapid_subject;
        all->vapid_place = object_place(&object, "vapid_subject");
        check_phone_page(&object, draft.phone_page);
        all->reading->config->phone_page = draft.phone_page;
        read_list(all, ACCOUNT, &source, draft.accounts);
        read_list(all, ENDPOINT, &source, draft.endpoints);
    } else {
        all->broken = true;
    }
    source_close(&source);
}

static void read_object_file(struct together *all, enum kind kind,
                             const char *path, const char *name)
{
    struct source source;

    if (source_open(all->reading, path, &source) == 0)
        add(all, kind, &source, source_root(&source), (struct place){path, 0},
            name);
    else
        all->broken = true;
    source_close(&source);
}

/* ---- folders ---- */

/* The editor's backup and hidden files are none of our business. */
static bool is_object_name(const char *name)
{
    size_t length = strlen(name), suffix = strlen(SUFFIX);

    return name[0] != '.' && length > suffix &&
           strcmp(name + length - suffix, SUFFIX) == 0;
}

static int is_object_file(const struct dirent *entry)
{
    return is_object_name(entry->d_name);
}

/* The paths of a folder's files, which stay in places. */
struct listing {
    char **paths;
    size_t count;
};

static void list(struct listing *listing, char *path)
{
    listing->paths = xreallocarray(listing->paths, listing->count + 1,
                                   sizeof *listing->paths);
    listing->paths[listing->count++] = path;
}

/* Files that are there, but for those that are to be others. */
static void list_files(struct together *all, const char *folder,
                       struct listing *listing)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_object_file, NULL);

    if (count < 0 && errno != ENOENT) {
        reading_error(all->reading, (struct place){folder, 0}, "%s",
                      strerror(errno));
        all->broken = true;
    }
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", folder, entries[i]->d_name);

        if (!reading_staged(all->reading, path))
            list(listing, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void list_staged(const struct reading *reading, const char *folder,
                        struct listing *listing)
{
    size_t length = strlen(folder);

    for (size_t i = 0; i < reading->staged_count; i++) {
        const struct staged *staged = &reading->staged[i];

        if (staged->text && strncmp(staged->path, folder, length) == 0 &&
            staged->path[length] == '/' &&
            !strchr(staged->path + length + 1, '/') &&
            is_object_name(staged->path + length + 1))
            list(listing, xstrdup(staged->path));
    }
}

/* By bytes: the order must not depend on the language. */
static int by_name(const void *a, const void *b)
{
    char *const *paths[] = {a, b};

    return strcmp(*paths[0], *paths[1]);
}

static void read_folder(struct together *all, enum kind kind,
                        const char *folder)
{
    struct listing listing = {0};

    list_files(all, folder, &listing);
    list_staged(all->reading, folder, &listing);
    if (listing.count > 0)
        qsort(listing.paths, listing.count, sizeof *listing.paths, by_name);
    for (size_t i = 0; i < listing.count; i++) {
        const char *file = listing.paths[i] + strlen(folder) + 1;
        char *name = xstrdup(file);

        name[strlen(file) - strlen(SUFFIX)] = '\0';
        read_object_file(all, kind, listing.paths[i], name);
        free(name);
    }
    free(listing.paths);
}

void files_read(struct reading *reading, const char *path)
{
    struct together all = {.reading = reading, .path = path};

    if (!may_be_left_out(reading, path))
        read_main_file(&all, path);
    read_folder(&all, ACCOUNT, beside(path, "accounts.d"));
    read_folder(&all, ENDPOINT, beside(path, "endpoints.d"));
    together_check(&all);
    together_store(&all);
}
