/*
 * Signs of life: so that a phone can tell "no mail" from "the box is dead".
 *
 * An endpoint that wants them (alive_s) hears at least that often from a box
 * that is well: one that watches every account that the endpoint is told about.
 * While it does not, there is no sign, so silence always means something.
 *
 *   put      a new version. A phone cannot tell it from mail, and looks.
 *   webpush  a message without news, which bears the newest version. What a
 *            phone took anyway counts as a sign.
 *   ntfy     a message that the server is to show in alive_s seconds: "no word
 *            from your box". It is put off in time, by one of the same sequence
 *            id, as long as the box is well.
 */
#ifndef IMAPPUSHD_CORE_ALIVE_H
#define IMAPPUSHD_CORE_ALIVE_H

#include "core/outbox.h"
#include "core/roster.h"

/* Marks the recipients that a sign is due to; delivery sends it. To be called
 * after whatever may have changed. Returns when to call it again, on
 * clock_boottime_ms(), if nothing happens before. */
int64_t alive_run(struct outbox *outbox, const struct roster *roster,
                  int64_t now_ms);

#endif
