/*
 * One event, one line, on standard error: logged once, where the decision is
 * taken, ending in what happens next.
 *
 * Under the journal (JOURNAL_STREAM names our standard error) a line begins
 * with its <priority>, elsewhere with the time. Lines are written with a
 * single write(2), so that those of several processes do not mix. Secrets,
 * push URLs, subjects and addresses of correspondents are never logged, at no
 * level; what a server said is cleaned of control characters.
 */
#ifndef IMAPPUSHD_BASE_LOG_H
#define IMAPPUSHD_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

/* Looks at standard error once; before it, lines carry the time. */
void log_open(void);
void log_set_level(enum log_level level);

/* From the command line: log_set_level() changes nothing after this. */
void log_fix_level(enum log_level level);

/* Words put in front of every later line of this process: an account's name.
 * The string must stay; null for none. */
void log_set_subject(const char *subject);

void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
