#include "base/log.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static enum log_level threshold = LOG_INFO;
static bool fixed;
static const char *subject;
static bool journal;

/* JOURNAL_STREAM is "device:inode" of the stream that the journal reads. */
void log_open(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat info;

    journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
              fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device &&
              info.st_ino == inode;
}

void log_set_level(enum log_level level)
{
    if (!fixed)
        threshold = level;
}

void log_fix_level(enum log_level level)
{
    threshold = level;
    fixed = true;
}

void log_set_subject(const char *words)
{
    subject = words;
}

/* <N> as sd-daemon(3) has it: err 3, warning 4, notice 5, info 6, debug 7. */
static size_t put_head(char *line, size_t size, enum log_level level)
{
    static const char *const names[] = {"error: ", "warning: ", "", "", ""};
    size_t length;

    if (journal) {
        length = (size_t)snprintf(line, size, "<%d>", 3 + (int)level);
    } else {
        time_t now = time(NULL);
        struct tm local;

        localtime_r(&now, &local);
        length = strftime(line, size, "%Y-%m-%d %H:%M:%S ", &local);
    }
    int more = snprintf(line + length, size - length, "%s%s%s",
                        journal ? "" : names[level], subject ? subject : "",
                        subject ? ": " : "");

    return length + (size_t)more;
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[2048];
    int saved = errno;
    va_list args;

    if (level > threshold)
        return;
    size_t head = put_head(line, sizeof line / 2, level);

    va_start(args, format);
    vsnprintf(line + head, sizeof line - head - 1, format, args);
    va_end(args);
    text_sanitise(line);
    size_t length = strlen(line);

    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        errno = saved; /* nobody is left to tell */
    errno = saved;
}
