/*
 * The programs that come with this one, in libexec, and its data.
 */
#ifndef IMAPPUSHD_BASE_HELPER_H
#define IMAPPUSHD_BASE_HELPER_H

/* The path of a helper, beside the running program whatever the prefix; free()
 * it. A helper may ask, too. */
char *helper_path(const char *name);

/* Likewise the path of a file of data. */
char *helper_data_path(const char *name);

#endif
