/*
 * imappushd's courier: the program that talks to push services.
 *
 * The core starts it when something is owed and talks to it over a socket pair
 * (base/request.h); it leaves when nothing was owed for ten minutes. Push URLs
 * pass through it, and for an endpoint that shows them sender and subject of a
 * mail; passwords and the rest of mail never do. Should a push service manage
 * to take it over, it can read the owner's files, and reach services of his
 * that listen on sockets in the file system (names of a home network are looked
 * up through one); it can change no file, start no program and signal nobody.
 */
#include "base/log.h"
#include "base/request.h"
#include "base/sandbox.h"
#include "base/threads.h"
#include "courier/courier.h"
#include "courier/memory.h"
#include "courier/pairing.h"
#include "courier/probe.h"
#include "courier/subscription.h"
#include "courier/transfer.h"
#include "courier/webpush.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

/* The status decides; a body is awaited only so that the connection can be
 * used again. Some home-made servers announce one that never ends. */
#define BODY_MS 2000
#define QUIET_MS (10 * 60 * 1000)

static bool started_by_the_core(void)
{
    int type = 0;
    socklen_t size = sizeof type;

    return getsockopt(COURIER_LINK, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
    const struct courier_patience patience = {
        .request_ms = REQUEST_DEADLINE_MS,
        .body_ms = BODY_MS,
        .kept_ms = TRANSFER_KEPT_S * 1000,
        .quiet_ms = QUIET_MS,
    };
    /* Everything stays readable: a request may name a file of trust anchors,
     * which lies where its owner put it and is read at each new connection. */
    const struct sandbox sandbox = {
        .read_all = true,
        .unix_sockets = true,
        .threads_later = true,
        .descriptors = COURIER_DESCRIPTORS,
    };

    sandbox_every_process();
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is no reason to die */
    log_open();
    log_set_subject("courier");
    if (argc == 2 && strcmp(argv[1], "--read-subscription") == 0)
        return subscription_print();
    if (argc == 3 && strcmp(argv[1], "--show-key") == 0)
        return webpush_show_key(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--open-pairing") == 0)
        return pairing_print(argv[2]);
    bool probes = argc == 2 && strcmp(argv[1], "--probe") == 0;

    if (!probes && !started_by_the_core()) {
        fputs("imappushd starts this program by itself\n", stderr);
        return EX_USAGE;
    }
    threads_make_small();
    if (!probes && argc > 1)
        webpush_open(argv[1]);
    if (memory_start_curl() < 0)
        return EX_OSERR;
    sandbox_stranger(&sandbox);
    int status = probes ? probe_print() : courier_run(COURIER_LINK, &patience);

    curl_global_cleanup();
    return status;
}
