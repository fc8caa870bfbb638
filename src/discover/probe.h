/*
 * Is there an IMAP server, and is its certificate for the name that was tried?
 *
 * Only that makes a guess more than a guess. libcurl connects, reads the
 * greeting and, without TLS from the first byte, asks for STARTTLS; it has no
 * user and no password, and so does not log in.
 */
#ifndef IMAPPUSHD_DISCOVER_PROBE_H
#define IMAPPUSHD_DISCOVER_PROBE_H

#include "discover/step.h"

/* Makes step->easy for the server of step->finding. -1 where libcurl cannot do
 * it. */
int probe_prepare(struct step *step, long patience_ms);

/* Settles the step; the finding stays only if it was proven. */
void probe_judge(struct step *step, CURLcode result);

#endif
