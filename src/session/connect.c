#include "session/connect.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ATTEMPTS_MAX 16
#define STAGGER_MS 250

struct addrinfo *connect_lookup(const char *host, uint16_t port,
                                struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];

    snprintf(service, sizeof service, "%u", port);
    int result = getaddrinfo(host, service, &hints, &found);

    if (result == EAI_NONAME || result == EAI_ADDRFAMILY) {
        /* AI_ADDRCONFIG leaves loopback out where there is nothing else */
        hints.ai_flags = AI_NUMERICSERV;
        result = getaddrinfo(host, service, &hints, &found);
    }
    if (result == 0)
        return found;
    error_set(err, ERROR_LATER,
              result == EAI_NONAME || result == EAI_NODATA ? "host-unknown"
                                                           : "dns",
              "no address for %s: %s", host,
              result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
    return NULL;
}

static bool is_loopback(const struct sockaddr *address)
{
    union {
        const struct sockaddr *any;
        const struct sockaddr_in *v4;
        const struct sockaddr_in6 *v6;
    } as = {address};

    if (address->sa_family == AF_INET)
        return ntohl(as.v4->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&as.v6->sin6_addr);
}

/* The addresses, families in turn, beginning with the first one's. */
static int interleave(const struct addrinfo *addresses, bool loopback_only,
                      const struct addrinfo **order)
{
    const struct addrinfo *list[2][ATTEMPTS_MAX];
    int counts[2] = {0, 0}, total = 0;

    for (const struct addrinfo *at = addresses; at; at = at->ai_next) {
        int other = at->ai_family != addresses->ai_family;

        if ((!loopback_only || is_loopback(at->ai_addr)) &&
            counts[other] < ATTEMPTS_MAX)
            list[other][counts[other]++] = at;
    }
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        for (int family = 0; family < 2; family++) {
            if (i < counts[family] && total < ATTEMPTS_MAX)
                order[total++] = list[family][i];
        }
    }
    return total;
}

struct race {
    const struct addrinfo *order[ATTEMPTS_MAX];
    struct pollfd fds[ATTEMPTS_MAX + 1]; /* the last one is the timer */
    int total, started, failed;
    int reason; /* errno of the first failure: the preferred address's */
};

static void fail(struct race *race, int index, int reason)
{
    if (race->fds[index].fd >= 0)
        close(race->fds[index].fd);
    race->fds[index].fd = -1;
    race->failed++;
    if (!race->reason)
        race->reason = reason;
}

static void start_next(struct race *race)
{
    int index = race->started++;
    const struct addrinfo *to = race->order[index];
    int fd =
        socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    race->fds[index] = (struct pollfd){.fd = fd, .events = POLLOUT};
    if (fd < 0)
        fail(race, index, errno);
    else if (connect(fd, to->ai_addr, to->ai_addrlen) < 0 &&
             errno != EINPROGRESS)
        fail(race, index, errno);
}

/* The index of a socket that connected, or -1. */
static int judge(struct race *race)
{
    for (int i = 0; i < race->started; i++) {
        int reason = 0;
        socklen_t size = sizeof reason;

        if (race->fds[i].fd < 0 || !race->fds[i].revents)
            continue;
        getsockopt(race->fds[i].fd, SOL_SOCKET, SO_ERROR, &reason, &size);
        if (reason == 0)
            return i;
        fail(race, i, reason);
    }
    return -1;
}

/* Until one connected (its index), all failed or the time is over (-1). */
static int run(struct race *race, int64_t until_ms)
{
    int *timer = &race->fds[ATTEMPTS_MAX].fd;
    int64_t next_ms = 0;

    while (race->failed < race->total) {
        int64_t now_ms = clock_boottime_ms();
        int before = race->failed;

        if (now_ms >= until_ms) {
            if (!race->reason)
                race->reason = ETIMEDOUT;
            return -1;
        }
        if (race->started < race->total &&
            (now_ms >= next_ms || race->failed == race->started)) {
            start_next(race);
            next_ms = now_ms + STAGGER_MS;
            continue;
        }
        clock_timer_set(*timer,
                        race->started < race->total && next_ms < until_ms
                            ? next_ms
                            : until_ms);
        if (poll(race->fds, ATTEMPTS_MAX + 1, -1) > 0) {
            int winner = judge(race);

            if (winner >= 0)
                return winner;
        }
        if (race->failed > before)
            next_ms = 0;
    }
    return -1;
}

static void keep_alive(int fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},          {IPPROTO_TCP, TCP_KEEPIDLE, 90},
        {IPPROTO_TCP, TCP_KEEPINTVL, 20},       {IPPROTO_TCP, TCP_KEEPCNT, 3},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, 30000}, {IPPROTO_TCP, TCP_NODELAY, 1},
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                   sizeof options[i].value);
}

/* Does nobody answer at all? */
static bool is_no_way(int reason)
{
    return reason == ENETUNREACH || reason == EHOSTUNREACH ||
           reason == ENETDOWN || reason == ETIMEDOUT;
}

int connect_race(const struct addrinfo *addresses, bool loopback_only,
                 int64_t patience_ms, struct error *err)
{
    struct race race = {0};

    for (int i = 0; i < ATTEMPTS_MAX; i++)
        race.fds[i].fd = -1;
    race.fds[ATTEMPTS_MAX] =
        (struct pollfd){.fd = clock_timer(), .events = POLLIN};
    race.total = interleave(addresses, loopback_only, race.order);
    if (race.total == 0)
        race.reason = EADDRNOTAVAIL;
    int winner = run(&race, clock_boottime_ms() + patience_ms);
    int fd = winner >= 0 ? race.fds[winner].fd : -1;

    for (int i = 0; i <= ATTEMPTS_MAX; i++) {
        if (i != winner && race.fds[i].fd >= 0)
            close(race.fds[i].fd);
    }
    if (fd < 0)
        return error_set(err, ERROR_LATER,
                         is_no_way(race.reason) ? "unreachable" : "connect",
                         "%s", strerror(race.reason));
    keep_alive(fd);
    return fd;
}
