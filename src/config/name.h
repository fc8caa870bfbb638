/*
 * The names of accounts and endpoints.
 */
#ifndef IMAPPUSHD_CONFIG_NAME_H
#define IMAPPUSHD_CONFIG_NAME_H

/* Null, or why a name cannot be one: "must not begin with a dot". Names are
 * those of files, shown in logs, and matched by patterns. */
const char *name_trouble(const char *name);

#endif
