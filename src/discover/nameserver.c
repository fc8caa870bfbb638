#include "discover/nameserver.h"

#include "base/alloc.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Of each name server, and how often: more does not help within the few
 * seconds that there are. */
#define WAIT_S 2
#define TRIES 2

struct query {
    char *name;
    int type;
    void (*ready)(void *context);
    void *context;
    atomic_int result;
    unsigned char answer[NS_MAXMSG];
    size_t length;
};

/* ---- asking ---- */

static enum query_result ask(struct query *query)
{
    struct __res_state state = {0};

    if (res_ninit(&state) < 0)
        return QUERY_NO_ANSWER;
    state.retrans = WAIT_S;
    state.retry = TRIES;
    int length = res_nquery(&state, query->name, ns_c_in, query->type,
                            query->answer, sizeof query->answer);
    int trouble = state.res_h_errno;

    res_nclose(&state);
    if (length >= 0) {
        query->length = (size_t)length < sizeof query->answer
                            ? (size_t)length
                            : sizeof query->answer;
        return QUERY_ANSWERED;
    }
    return trouble == HOST_NOT_FOUND ? QUERY_NO_NAME
           : trouble == NO_DATA      ? QUERY_NO_RECORD
                                     : QUERY_NO_ANSWER;
}

static void *run(void *context)
{
    struct query *query = context;

    atomic_store(&query->result, ask(query));
    query->ready(query->context);
    return NULL;
}

struct query *query_start(const char *name, int type,
                          void (*ready)(void *context), void *context)
{
    struct query *query = xcalloc(1, sizeof *query);
    pthread_t thread;

    query->name = xstrdup(name);
    query->type = type;
    query->ready = ready;
    query->context = context;
    atomic_init(&query->result, QUERY_PENDING);
    if (pthread_create(&thread, NULL, run, query) != 0) {
        free(query->name);
        free(query);
        return NULL;
    }
    pthread_detach(thread);
    return query;
}

enum query_result query_result(struct query *query)
{
    return (enum query_result)atomic_load(&query->result);
}

const unsigned char *query_answer(struct query *query, size_t *length)
{
    *length = query->length;
    return query->answer;
}

/* ---- reading answers ---- */

/* Does name, of the record's data, fill it from offset on? */
static int expand(const ns_msg *message, const ns_rr *record, size_t offset,
                  char *name)
{
    const unsigned char *data = ns_rr_rdata(*record);
    int length = ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
                                    data + offset, name, NS_MAXDNAME);

    return length >= 0 && offset + (size_t)length == ns_rr_rdlen(*record) ? 0
                                                                          : -1;
}

/* The number-th record of the answer section if it is of that type and has more
 * data than that: 0. */
static int get(ns_msg *message, int number, int type, size_t least,
               ns_rr *record)
{
    return ns_parserr(message, ns_s_an, number, record) == 0 &&
                   ns_rr_type(*record) == (ns_type)type &&
                   ns_rr_class(*record) == ns_c_in &&
                   ns_rr_rdlen(*record) > least
               ? 0
               : -1;
}

/* Priority and weight of a service as one number: the smaller the better. */
static uint32_t service_rank(const unsigned char *data)
{
    return (uint32_t)ns_get16(data) << 16 | (0xffff - ns_get16(data + 2));
}

int answer_service(const unsigned char *answer, size_t length,
                   struct service *service)
{
    ns_msg message;
    ns_rr record;
    uint32_t best = UINT32_MAX;
    char name[NS_MAXDNAME];

    *service = (struct service){0};
    if (ns_initparse(answer, (int)length, &message) < 0)
        return -1;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (get(&message, i, ns_t_srv, 6, &record) < 0 ||
            expand(&message, &record, 6, name) < 0)
            continue;
        const unsigned char *data = ns_rr_rdata(record);

        if (service->host && service_rank(data) >= best)
            continue;
        best = service_rank(data);
        free(service->host);
        service->host = xstrdup(name);
        service->port = (uint16_t)ns_get16(data + 4);
    }
    if (!service->host)
        return -1;
    return strcmp(service->host, ".") == 0 || !*service->host ? 1 : 0;
}

static unsigned best_preference(ns_msg *message)
{
    unsigned best = UINT32_MAX;
    ns_rr record;

    for (int i = 0; i < ns_msg_count(*message, ns_s_an); i++) {
        if (get(message, i, ns_t_mx, 2, &record) == 0 &&
            ns_get16(ns_rr_rdata(record)) < best)
            best = ns_get16(ns_rr_rdata(record));
    }
    return best;
}

char *answer_exchanger(const unsigned char *answer, size_t length,
                       unsigned number)
{
    ns_msg message;
    ns_rr record;
    char name[NS_MAXDNAME];

    if (ns_initparse(answer, (int)length, &message) < 0)
        return NULL;
    unsigned best = best_preference(&message);

    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (get(&message, i, ns_t_mx, 2, &record) == 0 &&
            ns_get16(ns_rr_rdata(record)) == best &&
            expand(&message, &record, 2, name) == 0 && number-- == 0)
            return xstrdup(name);
    }
    return NULL;
}
