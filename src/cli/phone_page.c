#include "cli/phone_page.h"

#include "base/alloc.h"
#include "base/helper.h"
#include "base/log.h"
#include "cli/page_copy.h"
#include "cli/phone_link.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- the two ways ---- */

static int show_link(const char *address, const char *key)
{
    char *link = xasprintf("%s#key=%s", address, key);

    puts(link);
    if (isatty(STDOUT_FILENO)) {
        phone_link_draw(link);
        puts("Scan this with the phone, or send it the link, and tap the "
             "button on the page.");
    }
    free(link);
    return EX_OK;
}

int phone_page_say_missing(const char *config)
{
    char *files = helper_data_path("phone");

    fprintf(stderr,
            "imappushd: %s does not say where the page for phones is "
            "(phone_page)\n"
            "Put the page where the phone can open it by https; any host of "
            "files will do.\n"
            "Either its files are those in\n"
            "    %s\n"
            "and this goes into the main file:\n"
            "    phone_page = \"https://...\";\n"
            "Or they are a copy that has the key of this box in it:\n"
            "    imappushd --show-phone-page --write DIR\n",
            config, files);
    free(files);
    return EX_CONFIG;
}

static int write_copy(const char *folder, const char *key)
{
    struct error err;

    if (page_copy_write(folder, key, &err) < 0) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return EX_CANTCREAT;
    }
    printf("%s holds the page for phones, with the key of this box. Put it "
           "where the phone\ncan open it by https, and open it there.\n",
           folder);
    return EX_OK;
}

static int show_address(const struct command *command,
                        const struct config *config, struct buffer *key)
{
    for (const struct complaint *complaint = config->complaints; complaint;
         complaint = complaint->next) {
        if (complaint->is_error)
            fprintf(stderr, "imappushd: %s\n", complaint->text);
    }
    if (config->error_count > 0)
        return EX_CONFIG;
    if (!config->phone_page)
        return phone_page_say_missing(command->config);
    int status = phone_link_key(key);

    return status == EX_OK ? show_link(config->phone_page, key->data) : status;
}

int phone_page_show(const struct command *command)
{
    const char *folder = command_value(command, OPTION_WRITE);
    struct config *config = NULL;
    struct buffer key;
    struct error err;
    int status;

    buffer_init(&key, PHONE_LINK_KEY_MAX);
    if (folder) {
        status = phone_link_key(&key);
        if (status == EX_OK)
            status = write_copy(folder, key.data);
    } else if ((config = config_load(command->config, &err))) {
        status = show_address(command, config, &key);
    } else {
        fprintf(stderr, "imappushd: %s: %s\n", command->config, err.text);
        status = EX_CONFIG;
    }
    config_unload(&config);
    buffer_finish(&key);
    return status;
}
