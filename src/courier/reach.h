/*
 * May a stranger's push URL be reached? Only by https, and at addresses of the
 * internet: else it would be a way into the network at home.
 */
#ifndef IMAPPUSHD_COURIER_REACH_H
#define IMAPPUSHD_COURIER_REACH_H

/* Looks its host up. Null, or why not, in words that follow "the message". */
const char *reach_check(const char *url);

#endif
