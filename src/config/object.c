/*
 * One walk for all three tables. A value goes into its draft by the offset that
 * the table has for it; one with a mistake is complained about and the default
 * stays, so that one mistake makes one complaint.
 */
#include "config/object.h"

#include "base/alloc.h"
#include "base/text.h"
#include "config/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- storing: the type of a field is the one that the table promises ---- */

static void store(const struct object *object, size_t offset, const void *value,
                  size_t size)
{
    memcpy((char *)object->draft + offset, value, size);
}

static void store_number(const struct object *object, const struct key *key,
                         int number)
{
    bool on = number != 0;

    if (key->type == KEY_SWITCH)
        store(object, key->offset, &on, sizeof on);
    else
        store(object, key->offset, &number, sizeof number);
}

static char *copy(const struct object *object, const char *text)
{
    return reading_copy(object->reading, object->arena, text);
}

static char **take_list(const struct object *object, size_t count)
{
    return reading_take(object->reading, object->arena,
                        (count + 1) * sizeof(char *));
}

static void store_texts(const struct object *object, const struct key *key,
                        char **texts, size_t count)
{
    store(object, key->offset, &texts, sizeof texts);
    if (key->type == KEY_TEXTS)
        store(object, key->count_offset, &count, sizeof count);
}

static void store_default(const struct object *object, const struct key *key)
{
    if (key->type == KEY_TEXT && key->text) {
        char *text = copy(object, key->text);

        store(object, key->offset, &text, sizeof text);
    } else if (key->type == KEY_TEXTS && key->text) {
        char **texts = take_list(object, 1);

        texts[0] = copy(object, key->text);
        store_texts(object, key, texts, 1);
    } else if (key->type == KEY_NUMBER || key->type == KEY_SWITCH ||
               key->type == KEY_CHOICE) {
        store_number(object, key, key->number);
    }
}

/* ---- complaining: about the key, never with the value ---- */

static struct place place_of(const struct object *object,
                             const config_setting_t *setting)
{
    return (struct place){object->place.file,
                          (unsigned)config_setting_source_line(setting)};
}

/* "error, warning, notice" */
static char *list_choices(const struct key *key)
{
    char *list = xstrdup(key->choices[0]);

    for (size_t i = 1; key->choices[i]; i++) {
        char *longer = xasprintf("%s, %s", list, key->choices[i]);

        free(list);
        list = longer;
    }
    return list;
}

static char *describe_type(const struct key *key)
{
    static const char *const words[] = {
        [KEY_TEXT] = "a string",
        [KEY_TEXTS] = "a list of strings",
        [KEY_COMMAND] = "a string for the shell, or a list of strings",
        [KEY_SWITCH] = "true or false",
        [KEY_GROUP] = "a group, { ... }",
        [KEY_GROUPS] = "a list of groups, ( { ... }, { ... } )",
    };

    if (key->type == KEY_NUMBER)
        return xasprintf("a whole number from %d to %d", key->min, key->max);
    if (key->type == KEY_CHOICE) {
        char *choices = list_choices(key);
        char *description = xasprintf("one of the strings %s", choices);

        free(choices);
        return description;
    }
    return xstrdup(words[key->type]);
}

static void complain_type(const struct object *object, const struct key *key,
                          const config_setting_t *setting)
{
    char *type = describe_type(key);

    reading_error(object->reading, place_of(object, setting),
                  "%s must be %s (%s)", key->name, type, key->help);
    free(type);
}

/* May this be a value of the key, as far as texts go? */
static bool check_text(const struct object *object, const struct key *key,
                       unsigned flags, const config_setting_t *setting,
                       const char *text)
{
    size_t length = strlen(text);
    const char *trouble = NULL;

    if (!(flags & KEY_MAY_EMPTY) && strspn(text, " \t\n") == length)
        trouble = "must not be empty";
    else if (!text_is_utf8(text, length))
        trouble = "is not valid UTF-8";
    else if (!(flags & KEY_MAY_CONTROL) && text_has_control(text, length))
        trouble = "must not hold control characters or line breaks";
    if (trouble)
        reading_error(object->reading, place_of(object, setting), "%s %s",
                      key->name, trouble);
    return !trouble;
}

/* ---- taking: the setting has the key's name, its type is unknown ---- */

static void take_text(const struct object *object, const struct key *key,
                      const config_setting_t *setting)
{
    const char *value = config_setting_get_string(setting);

    if (!value) {
        complain_type(object, key, setting);
    } else if (check_text(object, key, key->flags, setting, value)) {
        char *text = copy(object, value);

        store(object, key->offset, &text, sizeof text);
    }
}

static void take_texts(const struct object *object, const struct key *key,
                       const config_setting_t *setting)
{
    int length = config_setting_length(setting);
    char **texts = take_list(object, (size_t)length);

    for (int i = 0; i < length; i++) {
        const char *value = config_setting_get_string_elem(setting, i);

        if (!value) {
            complain_type(object, key, setting);
            return;
        }
        if (!check_text(object, key, key->flags, setting, value))
            return;
        texts[i] = copy(object, value);
    }
    store_texts(object, key, texts, (size_t)length);
}

/* A single string is the shell's for a command, else a list of one. */
static void take_one_text(const struct object *object, const struct key *key,
                          const config_setting_t *setting)
{
    const char *value = config_setting_get_string(setting);
    unsigned flags = key->flags & ~(unsigned)KEY_MAY_EMPTY;
    size_t count = 0;

    if (!check_text(object, key, flags, setting, value))
        return;
    char **texts = take_list(object, 3);

    if (key->type == KEY_COMMAND) {
        texts[count++] = copy(object, "/bin/sh");
        texts[count++] = copy(object, "-c");
    }
    texts[count++] = copy(object, value);
    store_texts(object, key, texts, count);
}

static void take_number(const struct object *object, const struct key *key,
                        const config_setting_t *setting)
{
    int type = config_setting_type(setting);
    long long number = config_setting_get_int64(setting);

    if ((type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
        number >= key->min && number <= key->max)
        store_number(object, key, (int)number);
    else
        complain_type(object, key, setting);
}

static void take_choice(const struct object *object, const struct key *key,
                        const config_setting_t *setting)
{
    const char *value = config_setting_get_string(setting);

    for (int i = 0; value && key->choices[i]; i++) {
        if (strcmp(value, key->choices[i]) == 0) {
            store_number(object, key, i);
            return;
        }
    }
    complain_type(object, key, setting);
}

static void take_groups(const struct object *object, const struct key *key,
                        const config_setting_t *setting)
{
    bool fine = config_setting_is_list(setting);
    int length = config_setting_length(setting);

    for (int i = 0; fine && i < length; i++)
        fine = config_setting_is_group(
            config_setting_get_elem(setting, (unsigned)i));
    if (fine)
        store(object, key->offset, &setting, sizeof setting);
    else
        complain_type(object, key, setting);
}

static void take_value(const struct object *object, const struct key *key,
                       const config_setting_t *setting)
{
    int type = config_setting_type(setting);

    if (key->type == KEY_TEXT)
        take_text(object, key, setting);
    else if (key->type == KEY_NUMBER)
        take_number(object, key, setting);
    else if (key->type == KEY_CHOICE)
        take_choice(object, key, setting);
    else if (key->type == KEY_GROUPS)
        take_groups(object, key, setting);
    else if (key->type == KEY_GROUP && type == CONFIG_TYPE_GROUP)
        store(object, key->offset, &setting, sizeof setting);
    else if (key->type == KEY_GROUP)
        complain_type(object, key, setting);
    else if (key->type == KEY_SWITCH && type == CONFIG_TYPE_BOOL)
        store_number(object, key, config_setting_get_bool(setting));
    else if (key->type == KEY_SWITCH)
        complain_type(object, key, setting);
    else if (type == CONFIG_TYPE_STRING)
        take_one_text(object, key, setting);
    else if (type == CONFIG_TYPE_ARRAY || type == CONFIG_TYPE_LIST)
        take_texts(object, key, setting);
    else
        complain_type(object, key, setting);
}

/* ---- the group ---- */

/* The key's index in the table, or its length. */
static size_t find_key(const struct object *object, const char *name)
{
    size_t i = 0;

    while (i < object->keys->count &&
           strcmp(object->keys->keys[i].name, name) != 0)
        i++;
    return i;
}

static void complain_unknown(const struct object *object,
                             const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);

    bool has_name =
        object->keys == &keys_account || object->keys == &keys_endpoint;

    if (strcmp(name, "name") == 0 && has_name)
        reading_error(object->reading, place_of(object, setting),
                      "unknown key \"name\": here the name is that of the "
                      "file, without .conf");
    else
        reading_error(object->reading, place_of(object, setting),
                      "unknown key \"%.64s\"; the nearest known key is \"%s\"",
                      name, nearest_key(object->keys, name));
}

static void read_setting(struct object *object, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    size_t index = find_key(object, name);

    if (index < object->keys->count) {
        object->lines[index] = config_setting_source_line(setting);
        take_value(object, &object->keys->keys[index], setting);
    } else if (!object->named || strcmp(name, "name") != 0) {
        complain_unknown(object, setting);
    }
}

void object_read(struct object *object, const config_setting_t *group)
{
    int length = group ? config_setting_length(group) : 0;

    for (size_t i = 0; i < object->keys->count; i++)
        store_default(object, &object->keys->keys[i]);
    for (int i = 0; i < length; i++)
        read_setting(object, config_setting_get_elem(group, (unsigned)i));
    for (size_t i = 0; i < object->keys->count; i++) {
        const struct key *key = &object->keys->keys[i];

        if ((key->flags & KEY_REQUIRED) && !object->lines[i])
            reading_error(object->reading, object->place, "%s is missing: %s",
                          key->name, key->help);
    }
}

bool object_has(const struct object *object, const char *key)
{
    size_t index = find_key(object, key);

    return index < object->keys->count && object->lines[index] > 0;
}

struct place object_place(const struct object *object, const char *key)
{
    struct place place = object->place;

    if (object_has(object, key))
        place.line = object->lines[find_key(object, key)];
    return place;
}

const char *object_path(const struct object *object, const char *name)
{
    const char *file = object->place.file, *slash = strrchr(file, '/');

    if (name[0] == '/' || !slash)
        return copy(object, name);
    char *path = xasprintf("%.*s%s", (int)(slash + 1 - file), file, name);
    const char *result = copy(object, path);

    free(path);
    return result;
}
