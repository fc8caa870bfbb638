/*
 * Which files make the configuration, and what they say together.
 */
#ifndef IMAPPUSHD_CONFIG_FILES_H
#define IMAPPUSHD_CONFIG_FILES_H

#include "config/reading.h"

/* Reads the main file and the folders beside it into the reading's
 * configuration, which is complete afterwards but for reading_finish(). It
 * leaves copies of push URLs all over the heap and frees little: only for a
 * process that ends right after. */
void files_read(struct reading *reading, const char *path);

#endif
