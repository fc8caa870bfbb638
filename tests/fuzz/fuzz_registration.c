/*
 * What an app, or somebody in its place, wrote where endpoints are registered:
 * an annotation as METADATA tells it ("M" in front), or a message.
 */
#include "fuzz.h"

#include "session/letterbox.h"
#include "session/metadata.h"

/* What the core would take for nonsense, and end the session. */
static void check(const struct entries *entries)
{
    must(entries->count <= REGISTRATIONS_MAX);
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        char name[REGISTRATION_NAME_MAX + 1];

        must(strlen(entry->name) <= REGISTRATION_NAME_MAX);
        strcpy(name, entry->name);
        must(registration_name(name) && strcmp(name, entry->name) == 0);
        must(!entry->value || strlen(entry->value) <= REGISTRATION_VALUE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entries entries = {0};

    if (size < 2)
        return 0;
    /* in memory of its own, that ends where the bytes do */
    char *bytes = malloc(size - 1);

    must(bytes);
    memcpy(bytes, data + 1, size - 1);
    if (*data == 'M') {
        metadata_take(bytes, bytes + size - 1, &entries);
        metadata_tells(bytes, bytes + size - 1);
    } else {
        letterbox_take(bytes, size - 1, 1, &entries);
    }
    check(&entries);
    entries_finish(&entries);
    free(bytes);
    return 0;
}
