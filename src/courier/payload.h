/*
 * What a phone is told by Web Push: JSON that is a declarative push message
 * where browsers know that (Safari), and that any service worker can show.
 */
#ifndef IMAPPUSHD_COURIER_PAYLOAD_H
#define IMAPPUSHD_COURIER_PAYLOAD_H

#include "base/request.h"

/* Distributors on phones take no more. */
#define PAYLOAD_MAX 2000

/* {"web_push":8030,"notification":{"title":...,"body":...,"tag":...,
 * "navigate":...},"version":N,"account":...,"from":...,"subject":...}; what is
 * empty is left out. Where it is too long, texts for people are cut, and where
 * that is not enough, or the request is to be small, they are left out, as all
 * is that can be. A sign of life has "alive":true, and "silent":true in its
 * notification. free() it. */
char *payload_write(const struct request *request);

#endif
