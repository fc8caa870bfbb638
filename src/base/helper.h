/*
 * The programs that come with this one, in libexec.
 */
#ifndef IMAPPUSHD_BASE_HELPER_H
#define IMAPPUSHD_BASE_HELPER_H

/* The path of a helper, beside the running program whatever the prefix; free()
 * it. */
char *helper_path(const char *name);

#endif
