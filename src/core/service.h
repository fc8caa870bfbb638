/*
 * Talking to the service manager (sd_notify(3)): in a few lines of our own,
 * because libsystemd would be the largest library of the process.
 */
#ifndef IMAPPUSHD_CORE_SERVICE_H
#define IMAPPUSHD_CORE_SERVICE_H

#include <stdint.h>

/* Sends lines such as "READY=1" to $NOTIFY_SOCKET, if there is one. */
void service_say(const char *lines);

/* Milliseconds between two signs of life that the manager wants, half of
 * $WATCHDOG_USEC; 0 if it wants none. */
int64_t service_watchdog_ms(void);

#endif
