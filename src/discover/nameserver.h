/*
 * What name servers answer: mail exchangers, and services (RFC 2782).
 *
 * libresolv asks in a thread of its own, because it cannot be interrupted; one
 * that hangs is left behind. Its answer is parsed in the thread that asked.
 */
#ifndef IMAPPUSHD_DISCOVER_NAMESERVER_H
#define IMAPPUSHD_DISCOVER_NAMESERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- asking ---- */

struct query;

/* Asks for the records of that type (ns_t_mx, ns_t_srv) that name has. When it
 * is answered, ready(context) is called in another thread. Null when there can
 * be no thread. The query stays for as long as the process does. */
struct query *query_start(const char *name, int type,
                          void (*ready)(void *context), void *context);

/* Where to look once it is. */
enum query_result {
    QUERY_PENDING,
    QUERY_ANSWERED,
    QUERY_NO_NAME,   /* there is no such name, nor any below it (RFC 8020) */
    QUERY_NO_RECORD, /* it has none of that type */
    QUERY_NO_ANSWER  /* nobody could be asked, or none could tell */
};
enum query_result query_result(struct query *query);

/* The answer, where there is one. */
const unsigned char *query_answer(struct query *query, size_t *length);

/* ---- reading answers ---- */

struct service {
    char *host; /* as it stands there, without the last dot; owned */
    uint16_t port;
};

/* The service of the lowest priority, of the greatest weight among these: 0; 1
 * where the answer says that there is none (a target of "."); -1 where it has
 * no such record that can be read. free() the host. */
int answer_service(const unsigned char *answer, size_t length,
                   struct service *service);

/* The number-th of the mail exchangers that are preferred to all others; null
 * after the last. free() it. */
char *answer_exchanger(const unsigned char *answer, size_t length,
                       unsigned number);

#endif
