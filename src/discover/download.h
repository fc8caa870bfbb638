/*
 * A file of settings, fetched by HTTPS; never without a certificate that is
 * right, and never without encryption, wherever it leads.
 */
#ifndef IMAPPUSHD_DISCOVER_DOWNLOAD_H
#define IMAPPUSHD_DISCOVER_DOWNLOAD_H

#include "discover/step.h"

/* What libcurl is told for all that is done here; patience_ms for the whole.
 * 0, or -1 where it does not know an option that is needed. */
int download_set_habits(struct step *step, long patience_ms);

/* Makes step->easy and step->autoconfig, to be added to a multi handle. -1
 * where libcurl cannot do it. */
int download_prepare(struct step *step, const struct mail_address *address,
                     const char *url, long patience_ms);

/* Settles the step by what came of it. */
void download_judge(struct step *step, CURLcode result);

/* The same of what did not come to an answer, whatever it was about. */
void download_judge_failure(struct step *step, CURLcode result);

#endif
