/*
 * An endpoint for Web Push: its subscription is JSON, which the courier reads
 * for us, so that the daemon itself parses none.
 */
#include "config/draft.h"

#include "base/alloc.h"
#include "base/helper.h"
#include "base/spawn.h"
#include "config/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATIENCE_MS 5000
#define OUTPUT_MAX 32768

/* Cuts the next line off; null where there is none. */
static char *take_line(char **at)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;

    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static void take_output(struct endpoint_draft *draft,
                        const struct object *object, char *output)
{
    char *url = take_line(&output), *p256dh = take_line(&output);
    char *auth = take_line(&output);

    if (!url || !p256dh || !auth)
        return;
    draft->endpoint.url = reading_copy(object->reading, object->arena, url);
    draft->endpoint.p256dh =
        reading_copy(object->reading, object->arena, p256dh);
    draft->endpoint.auth = reading_copy(object->reading, object->arena, auth);
}

static void run_courier(struct endpoint_draft *draft,
                        const struct object *object, const char *path,
                        const struct buffer *json)
{
    char *courier = helper_path("courier");
    const char *argv[] = {courier, "--read-subscription", NULL};
    struct buffer output, words;
    struct error err;

    buffer_init(&output, OUTPUT_MAX);
    buffer_init(&words, 256);
    int status =
        spawn_with_input(argv, json, PATIENCE_MS, &output, &words, &err);

    if (status == 0 && output.data)
        take_output(draft, object, output.data);
    else if (status < 0)
        reading_error(object->reading, (struct place){path, 0},
                      "the courier %s", err.text);
    else
        reading_error(object->reading, (struct place){path, 0},
                      "the subscription %s",
                      words.data ? words.data : "cannot be read");
    if (output.data)
        explicit_bzero(output.data, output.length);
    buffer_finish(&output);
    buffer_finish(&words);
    free(courier);
}

/* RFC 8030 section 5.3 */
static const char *urgency_trouble(const char *urgency)
{
    static const char *const known[] = {"very-low", "low", "normal", "high"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], urgency) == 0)
            return NULL;
    }
    return "urgency must be one of very-low, low, normal, high";
}

static void read_subscription(struct endpoint_draft *draft,
                              const struct object *object)
{
    char *beside = xasprintf("%s.json", draft->endpoint.name);
    const char *path = object_path(
        object, draft->subscription_file ? draft->subscription_file : beside);
    struct file file;

    free(beside);
    if (file_read(object->reading, path, &file) == 0) {
        if (file.exposed)
            reading_warning(object->reading, (struct place){path, 0},
                            "other users may be able to read the push "
                            "subscription in this file; to change that: chmod "
                            "go= on it");
        run_courier(draft, object, path, &file.text);
    }
    file_finish(&file);
}

void subscription_draft_check(struct endpoint_draft *draft,
                              const struct object *object)
{
    const char *trouble = urgency_trouble(draft->endpoint.urgency);
    const char *file = draft->subscription_file;

    if (trouble)
        reading_error(object->reading, object_place(object, "urgency"), "%s",
                      trouble);
    if (file && (strstr(file, "://") || strchr(file, '{')))
        reading_error(object->reading,
                      object_place(object, "subscription_file"),
                      "subscription_file is the name of a file; put what the "
                      "phone got into that file");
    else
        read_subscription(draft, object);
}
