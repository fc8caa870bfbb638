/*
 * Waiting for the keyring to change, without asking it again and again.
 */
#ifndef IMAPPUSHD_CREDENTIAL_VIGIL_H
#define IMAPPUSHD_CREDENTIAL_VIGIL_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

struct vigil {
    GDBusConnection *bus; /* owned */
    guint subscriptions[3];
    GMainLoop *loop;
    bool stirred; /* something was told since it was last looked at */
};

/* Begins to listen; takes bus. */
void vigil_begin(struct vigil *vigil, GDBusConnection *bus);
void vigil_end(struct vigil *vigil);

/* Waits until the provider says anything of its collections, another one
 * appears or the bus is gone, or until the time is over (then false). */
bool vigil_wait(struct vigil *vigil, int64_t wait_ms);

#endif
