/*
 * Where the state lies: the ledger, the key, the file store of secrets.
 */
#ifndef IMAPPUSHD_BASE_STATE_PATH_H
#define IMAPPUSHD_BASE_STATE_PATH_H

/* $XDG_STATE_HOME/imappushd, or below ~/.local/state; free() it. */
char *state_path(void);

/* Makes the folder and those above it, 0700 where they are missing: 0, or -1
 * with errno. */
int state_make(const char *path);

#endif
