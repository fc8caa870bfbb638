/*
 * The settings of a mail address, as the program "discover" finds them: by the
 * keys of discover/result.h.
 */
#ifndef IMAPPUSHD_CLI_SETTINGS_H
#define IMAPPUSHD_CLI_SETTINGS_H

#include "base/buffer.h"
#include "base/error.h"
#include "cli/command.h"

#include <stddef.h>

struct settings {
    struct buffer text; /* lines, each ended by a NUL once they are read */
};

/*
 * Runs the program, which tells a terminal what it tries; 20 s at most. Whether
 * Mozilla's database may be asked is looked up in the configuration: not where
 * that has errors. Returns the exit status: 0 with the settings; 64 for what is
 * no address; 65, 68, 69 or 70 with err, whose text is whole; 78 after the
 * complaints about providers.conf. Finish the settings in any case.
 */
int settings_find(struct settings *settings, const struct command *command,
                  const char *address, struct error *err);
void settings_finish(struct settings *settings);

/* The value of a key that there is once; null where there is none. */
const char *settings_value(const struct settings *settings, const char *key);

/* Words that go before "source": "told by". */
const char *settings_source(const struct settings *settings);

/* The index-th value of a key that may be there often; null after the last. */
const char *settings_value_at(const struct settings *settings, const char *key,
                              size_t index);

#endif
