/*
 * A copy of the page for phones, with the key of this box in it.
 */
#ifndef IMAPPUSHD_CLI_PAGE_COPY_H
#define IMAPPUSHD_CLI_PAGE_COPY_H

#include "base/error.h"

/* Writes it into a folder, which is made if it is missing. A copy that is there
 * already is replaced, file by file; files of others are not: 0, or -1 with err
 * and, if that was seen too late, some files written. */
int page_copy_write(const char *folder, const char *key, struct error *err);

#endif
