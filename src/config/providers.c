/*
 * Read in the process that asks, unlike the configuration: nothing in these
 * files is secret.
 */
#include "config/providers.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/helper.h"
#include "config/draft_provider.h"
#include "config/reading.h"
#include "config/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define OWNERS_FILE "/etc/imappushd/providers.conf"
#define ARENA_SIZE (4 << 20)

struct list {
    struct provider *providers; /* on the heap as long as it grows */
    size_t count;
};

/* ---- reading ---- */

static void add(struct list *list, struct reading *reading, const char *path,
                const config_setting_t *group)
{
    struct provider_draft draft = {0};
    struct object object = {
        .reading = reading,
        .arena = reading->open,
        .place = {path, (unsigned)config_setting_source_line(group)},
        .keys = &keys_provider,
        .draft = &draft,
    };

    object_read(&object, group);
    provider_draft_check(&draft, &object);
    list->providers = xreallocarray(list->providers, list->count + 1,
                                    sizeof *list->providers);
    list->providers[list->count++] = draft.provider;
}

static void read_file(struct list *list, struct reading *reading,
                      const char *path)
{
    struct providers_draft draft = {0};
    struct source source;
    struct object object = {.reading = reading,
                            .arena = reading->open,
                            .place = {path, 0},
                            .keys = &keys_providers,
                            .draft = &draft};

    if (source_open(reading, path, &source) == 0) {
        object_read(&object, source_root(&source));
        for (int i = 0;
             draft.providers && i < config_setting_length(draft.providers); i++)
            add(list, reading, path,
                config_setting_get_elem(draft.providers, (unsigned)i));
    }
    source_close(&source);
}

static void store(struct providers *providers, struct reading *reading,
                  const struct list *list)
{
    size_t size = list->count * sizeof *list->providers;
    struct provider *copy =
        reading_take(reading, reading->open, size > 0 ? size : 1);

    if (size > 0)
        memcpy(copy, list->providers, size);
    reading_finish(reading);
    providers->complaints = reading->config->complaints;
    providers->error_count = reading->config->error_count;
    providers->open = reading->open;
    if (providers->error_count == 0) {
        providers->list = copy;
        providers->count = list->count;
    }
}

struct providers *providers_read(const char *const *paths, struct error *err)
{
    struct providers *providers = xcalloc(1, sizeof *providers);
    struct arena *open = arena_create(ARENA_SIZE);
    struct reading reading;
    struct list list = {0};

    if (!open || reading_start(&reading, open, open) < 0) {
        error_set(err, ERROR_LATER, "config", "no memory for providers.conf");
        if (open)
            arena_destroy(&open);
        free(providers);
        return NULL;
    }
    for (; *paths; paths++)
        read_file(&list, &reading, *paths);
    store(providers, &reading, &list);
    free(list.providers);
    return providers;
}

struct providers *providers_load(struct error *err)
{
    char *shipped = helper_data_path("providers.conf");
    const char *paths[3] = {OWNERS_FILE, shipped};
    bool only_shipped = access(OWNERS_FILE, F_OK) < 0 && errno == ENOENT;
    struct providers *providers = providers_read(paths + only_shipped, err);

    free(shipped);
    return providers;
}

void providers_unload(struct providers **providers)
{
    if (*providers)
        arena_destroy(&(*providers)->open);
    free(*providers);
    *providers = NULL;
}

/* ---- asking ---- */

/* A * stands for the rest of a label, and for one character at least. */
static bool matches(const char *pattern, const char *name)
{
    for (; *pattern; pattern++) {
        size_t length = *pattern == '*' ? strcspn(name, ".") : 1;

        if (length == 0 ||
            (*pattern != '*' && strncasecmp(pattern, name, 1) != 0))
            return false;
        name += length;
    }
    return *name == '\0';
}

/* Is it that name, or one below it? */
static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    return length >= tail && strcasecmp(name + length - tail, suffix) == 0 &&
           (length == tail || name[length - tail - 1] == '.');
}

const struct provider *providers_of_domain(const struct providers *providers,
                                           const char *domain)
{
    for (size_t i = 0; i < providers->count; i++) {
        const struct provider *provider = &providers->list[i];

        for (size_t j = 0; j < provider->domain_count; j++) {
            if (matches(provider->domains[j], domain))
                return provider;
        }
    }
    return NULL;
}

const struct provider *providers_of_exchanger(const struct providers *providers,
                                              const char *exchanger)
{
    for (size_t i = 0; i < providers->count; i++) {
        const struct provider *provider = &providers->list[i];

        for (size_t j = 0; j < provider->mx_count; j++) {
            if (ends_with(exchanger, provider->mx[j]))
                return provider;
        }
    }
    return NULL;
}

const struct provider *providers_of_host(const struct providers *providers,
                                         const char *host)
{
    for (size_t i = 0; i < providers->count; i++) {
        if (strcasecmp(providers->list[i].host, host) == 0)
            return &providers->list[i];
    }
    return NULL;
}
