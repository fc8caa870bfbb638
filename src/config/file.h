/*
 * Getting at the text of a file that tells us what to do.
 */
#ifndef IMAPPUSHD_CONFIG_FILE_H
#define IMAPPUSHD_CONFIG_FILE_H

#include "base/buffer.h"
#include "config/reading.h"

#include <stdbool.h>

#define FILE_SIZE_MAX (256 * 1024)

struct file {
    struct buffer text; /* UTF-8 without NUL; its lines end in line feeds */
    bool exposed;       /* somebody else may read it */
};

/* Reads a whole file: 0, or -1 after a complaint about path. The caller
 * finishes the file in either case. */
int file_read(struct reading *reading, const char *path, struct file *file);
void file_finish(struct file *file);

#endif
