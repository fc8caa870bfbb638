/*
 * From the bytes of a file to the tree of its settings. The order matters: only
 * what file.c and prepare.c let pass is shown to libconfig.
 */
#include "config/source.h"

#include "config/file.h"
#include "config/prepare.h"

static int parse(struct reading *reading, struct source *source, char *text)
{
    if (prepare_text(reading, source->path, text) < 0)
        return -1;
    if (config_read_string(&source->config, text))
        return 0;
    struct place place = {source->path,
                          (unsigned)config_error_line(&source->config)};

    reading_error(reading, place, "%s", config_error_text(&source->config));
    return -1;
}

int source_open(struct reading *reading, const char *path,
                struct source *source)
{
    struct file file;

    *source = (struct source){.path = path};
    config_init(&source->config);
    int result = file_read(reading, path, &file);

    if (result == 0)
        result = parse(reading, source, file.text.data);
    source->exposed = file.exposed;
    file_finish(&file);
    return result;
}

void source_close(struct source *source)
{
    config_destroy(&source->config);
}

const config_setting_t *source_root(const struct source *source)
{
    return config_root_setting(&source->config);
}
