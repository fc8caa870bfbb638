#include "session/registration.h"

#include "base/alloc.h"
#include "session/letterbox.h"
#include "session/link.h"
#include "session/metadata.h"
#include "session/session.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool registration_is_wanted(const struct session *session)
{
    return session->plan->lead && session->account->registers;
}

bool registration_is_mailbox(const char *name)
{
    if (strncasecmp(name, "INBOX", 5) == 0 && name[5] && name[6])
        name += 6; /* and a separator */
    return strcmp(name, REGISTRATION_MAILBOX) == 0;
}

bool registration_name(char *name)
{
    size_t length = 0;

    for (; name[length]; length++) {
        name[length] = (char)tolower((unsigned char)name[length]);
        if (!isalnum((unsigned char)name[length]) &&
            !strchr(".-_", name[length]))
            return false;
    }
    return length > 0 && length <= REGISTRATION_NAME_MAX;
}

struct entry *entries_find(struct entries *entries, const char *name)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->list[i].name, name) == 0)
            return &entries->list[i];
    }
    if (entries->count == REGISTRATIONS_MAX)
        return NULL;
    entries->list =
        xreallocarray(entries->list, entries->count + 1, sizeof *entries->list);
    struct entry *entry = &entries->list[entries->count++];

    *entry = (struct entry){.name = xstrdup(name)};
    return entry;
}

void entries_finish(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->list[i].name);
        free(entries->list[i].value);
        free(entries->list[i].renewed);
    }
    free(entries->list);
    *entries = (struct entries){0};
}

/* Those that have a value, but for the names that are in others. */
static void report(struct session *session, struct entries *entries,
                   const struct entries *others)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        struct report found = {.type = REPORT_ENDPOINT,
                               .name = entry->name,
                               .value = entry->value,
                               .renewed = entry->renewed};
        bool is_double = false;

        for (size_t j = 0; others && j < others->count; j++)
            is_double =
                is_double || (others->list[j].value &&
                              strcmp(others->list[j].name, entry->name) == 0);
        if (entry->value && !is_double)
            link_report(session, &found, 0);
    }
}

int registration_read(struct session *session, struct error *err)
{
    struct registration *registration = &session->registration;
    struct entries annotations = {0};
    struct report end = {.type = REPORT_ENDPOINTS};

    registration->told = false;
    int result = metadata_read(session, &annotations, err);

    if (result == 0)
        result = letterbox_read(session, err);
    if (result == 0) {
        report(session, &annotations, NULL);
        report(session, &registration->letters, &annotations);
        end.metadata = registration->metadata;
        link_report(session, &end, 0);
        result = metadata_write(session, err);
    }
    entries_finish(&annotations);
    return result;
}
