#include "core/core_private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/helper.h"
#include "base/log.h"
#include "config/config.h"
#include "core/alive.h"
#include "core/service.h"
#include "core/state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <sysexits.h>
#include <unistd.h>

/* Waking up this much later than asked for means that we were stopped. */
#define STOPPED_MS 10000

/* A nap that no connection notices. */
#define NAP_MS 2000

/* Changes of the network come in flocks; looked at when they have settled. */
#define SETTLE_MS 2000

/* How long a stop waits for answers of push services. */
#define ANSWERS_MS 2000

/* ---- configuration ---- */

/* Null when it cannot be used, with the exit status (sysexits) in status:
 * everything about it has been logged. */
static struct config *load(const char *path, int *status)
{
    struct error err;
    struct config *config = config_load(path, &err);

    *status = EX_CONFIG;
    if (!config) { /* nothing that a person wrote is wrong: it may pass */
        *status = EX_OSERR;
        log_error("the configuration: %s", err.text);
        return NULL;
    }
    for (const struct complaint *at = config->complaints; at; at = at->next)
        log_write(at->is_error ? LOG_ERROR : LOG_WARNING, "%s", at->text);
    if (config->error_count > 0)
        config_unload(&config);
    return config;
}

static void take_config(struct core *core, struct config *config)
{
    struct config *old = core->config;

    core->config = config;
    log_set_level(config->log_level);
    roster_configure(core->roster, config);
    outbox_configure(core->outbox, config);
    registry_configure(core->registry, config);
    delivery_configure(&core->delivery, config);
    if (old) /* a person asks */
        delivery_hurry(&core->delivery);
    config_unload(&old);
}

bool core_reload(struct core *core)
{
    struct timespec now;
    char lines[64];

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    service_say(lines);
    int status;
    struct config *config = load(core->path, &status);

    if (config) {
        take_config(core, config);
        log_notice("the configuration was read again");
    } else {
        log_error("the configuration has errors; the old one stays in force");
    }
    core->config_is_old = config == NULL;
    service_say("READY=1");
    return config != NULL;
}

void core_check_soon(struct core *core, int64_t in_ms)
{
    core->check_ms = clock_boottime_ms() + in_ms;
}

/* ---- signals ---- */

static int catch_signals(void)
{
    sigset_t wanted;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void reap(struct core *core)
{
    char words[80];
    pid_t pid;

    while ((pid = process_reap(words, sizeof words)) != 0) {
        if (!delivery_reaped(&core->delivery, pid, words))
            roster_reaped(core->roster, pid, words, clock_boottime_ms());
    }
}

static void take_signals(struct core *core)
{
    struct signalfd_siginfo info;

    while (read(core->signals, &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGCHLD:
            reap(core);
            break;
        case SIGHUP:
            core_reload(core);
            break;
        default:
            log_notice("stopping: signal %u from process %u", info.ssi_signo,
                       info.ssi_pid);
            core->stopping = true;
        }
    }
}

/* ---- the loop ---- */

static void say_status(struct core *core)
{
    size_t accounts, watching;
    char line[80];

    roster_count(core->roster, &accounts, &watching);
    if (accounts == core->said_accounts && watching == core->said_watching)
        return;
    core->said_accounts = accounts;
    core->said_watching = watching;
    snprintf(line, sizeof line, "STATUS=watching %zu of %zu accounts", watching,
             accounts);
    service_say(line);
}

static void feed_watchdog(struct core *core, int64_t now_ms)
{
    if (core->watchdog_ms == 0 || now_ms < core->next_watchdog_ms)
        return;
    service_say("WATCHDOG=1");
    core->next_watchdog_ms = now_ms + core->watchdog_ms;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Did time pass without us? Timers that are far away do not tell. */
static bool was_away(struct core *core, int64_t now_ms)
{
    int64_t slept_ms = clock_slept_ms();
    bool slept = slept_ms > core->slept_ms + NAP_MS;

    core->slept_ms = slept_ms;
    return slept ||
           (core->due_ms != CLOCK_NEVER && now_ms > core->due_ms + STOPPED_MS);
}

/* Everything that is due, in the order of the way of a mail. */
static void run_due(struct core *core)
{
    int64_t now_ms = clock_boottime_ms();

    if (was_away(core, now_ms)) {
        log_info("the machine slept; looking at every connection");
        core_check_soon(core, 0);
    }
    if (core->check_ms <= now_ms) {
        core->check_ms = CLOCK_NEVER;
        roster_check_all(core->roster, now_ms);
        delivery_hurry(&core->delivery);
    }
    core_run_invitations(core, now_ms);
    roster_run(core->roster, now_ms);
    attention_run(&core->attention, core->roster, core->outbox, now_ms);
    int64_t sign_ms = alive_run(core->outbox, core->roster, now_ms);

    outbox_run(core->outbox, now_ms);
    delivery_run(&core->delivery, now_ms);
    core_tell_followers(core);
    core_answer_trials(core);
    control_run(&core->control, now_ms);
    feed_watchdog(core, now_ms);
    say_status(core);
    core->due_ms = earlier(
        roster_next(core->roster, now_ms),
        earlier(outbox_next(core->outbox), delivery_next(&core->delivery)));
    core->due_ms = earlier(core->due_ms, core->check_ms);
    core->due_ms = earlier(core->due_ms, attention_next(&core->attention));
    core->due_ms = earlier(core->due_ms, sign_ms);
    core->due_ms = earlier(core->due_ms, control_due(&core->control));
    core->due_ms = earlier(core->due_ms, core_next_invitation(core));
    if (core->watchdog_ms)
        core->due_ms = earlier(core->due_ms, core->next_watchdog_ms);
    clock_timer_set(core->timer, core->due_ms);
}

enum { SIGNALS, TIMER, STEPS, COURIER, NETWORK, CONTROL };
#define FIXED (CONTROL + CONTROL_LINKS)

static void wait_and_listen(struct core *core)
{
    size_t most = FIXED + roster_size(core->roster);
    struct pollfd *fds = xcalloc(most, sizeof *fds);
    int64_t now_ms = clock_boottime_ms();

    fds[SIGNALS] = (struct pollfd){.fd = core->signals, .events = POLLIN};
    fds[TIMER] = (struct pollfd){.fd = core->timer, .events = POLLIN};
    /* a calendar that is set may be the one that held pushes wait for, and a
     * machine that wakes up says so here as well */
    fds[STEPS] = (struct pollfd){.fd = core->steps, .events = POLLIN};
    fds[COURIER] =
        (struct pollfd){.fd = core->delivery.courier.link, .events = POLLIN};
    fds[NETWORK] = (struct pollfd){.fd = core->network.fd, .events = POLLIN};
    control_links(&core->control, fds + CONTROL);
    size_t links =
        roster_links(core->roster, fds + FIXED, most - FIXED, now_ms);

    if (poll(fds, FIXED + links, -1) > 0) {
        if (fds[STEPS].revents)
            clock_step_arm(core->steps);
        if (fds[COURIER].revents)
            delivery_read(&core->delivery);
        if (fds[NETWORK].revents && network_changed(&core->network)) {
            log_info("the network changed; looking at every connection");
            core_check_soon(core, SETTLE_MS);
        }
        now_ms = clock_boottime_ms();
        for (size_t i = 0; i < links; i++) {
            if (fds[FIXED + i].revents)
                roster_read(core->roster, fds[FIXED + i].fd, now_ms);
        }
        if (fds[SIGNALS].revents)
            take_signals(core);
        if (control_read(&core->control, fds + CONTROL))
            core_obey(core);
    }
    free(fds);
}

static int start(struct core *core, plan_main *session)
{
    int status;
    char *state = state_enter(&status);

    if (!state)
        return status;
    char *courier = helper_path("courier");

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    core->timer = clock_timer();
    core->steps = clock_step_timer();
    if (core->signals < 0 || core->timer < 0 || core->steps < 0) {
        log_error("the kernel gives no timers: %s", strerror(errno));
        return EX_OSERR;
    }
    network_open(&core->network);
    control_open(&core->control, state);
    core->slept_ms = clock_slept_ms();
    core->watchdog_ms = service_watchdog_ms();
    core->outbox = outbox_create(state);
    core->registry = registry_create(core->outbox);
    core->roster = roster_create(core->outbox, core->registry,
                                 &core->invitations, session);
    delivery_init(&core->delivery, core->outbox, core->registry, courier,
                  state);
    free(courier);
    free(state);
    return EX_OK;
}

/* What is under way may still be answered, so that the next start need not
 * send it again. */
static void await_courier(struct core *core)
{
    int64_t until_ms = clock_boottime_ms() + ANSWERS_MS;
    struct pollfd fds[] = {
        {.fd = core->delivery.courier.link, .events = POLLIN},
        {.fd = core->timer, .events = POLLIN},
    };

    clock_timer_set(core->timer, until_ms);
    while (delivery_is_busy(&core->delivery) &&
           clock_boottime_ms() < until_ms && poll(fds, 2, -1) > 0 &&
           !(fds[0].revents & POLLHUP))
        delivery_read(&core->delivery);
}

static void stop(struct core *core)
{
    service_say("STOPPING=1");
    attention_finish(&core->attention);
    roster_destroy(&core->roster);
    await_courier(core);
    delivery_finish(&core->delivery);
    outbox_destroy(&core->outbox);
    registry_destroy(&core->registry);
    config_unload(&core->config);
    network_close(&core->network);
    control_close(&core->control);
    invitations_finish(&core->invitations);
    close(core->signals);
    close(core->timer);
    close(core->steps);
}

int core_run(const char *path, plan_main *session)
{
    struct core core = {.path = path,
                        .begun_ms = clock_boottime_ms(),
                        .due_ms = CLOCK_NEVER,
                        .check_ms = CLOCK_NEVER};
    int status;

    core.signals = catch_signals(); /* from here on a stop is an orderly one */
    struct config *config = load(path, &status);

    if (!config)
        return status;
    log_set_level(config->log_level);
    status = start(&core, session);

    if (status != EX_OK) {
        config_unload(&config);
        return status;
    }
    log_notice("imappushd " IMAPPUSHD_VERSION " starts: %zu account%s, %zu "
               "endpoint%s",
               config->account_count, config->account_count == 1 ? "" : "s",
               config->endpoint_count, config->endpoint_count == 1 ? "" : "s");
    take_config(&core, config);
    run_due(&core);
    service_say("READY=1");
    while (!core.stopping) {
        wait_and_listen(&core);
        run_due(&core);
    }
    stop(&core);
    return EX_OK;
}
