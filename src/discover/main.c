/*
 * imappushd's search for the settings of a mail address: a program of its own,
 * because it talks to strangers about nothing but an address.
 *
 *     discover [-v | -q] [--no-ispdb] ADDRESS
 *
 * What it finds goes to standard output as lines KEY=VALUE (result.h), what it
 * tries to standard error: on a terminal, or with -v. Should one of those whom
 * it asks manage to take it over, it can read system files, talk to others, and
 * reach services that listen on sockets in the file system (names of a home
 * network are looked up through one); it can change no file, start no program
 * and signal nobody.
 */
#include "base/log.h"
#include "base/sandbox.h"
#include "base/threads.h"
#include "config/config.h"
#include "discover/discovery.h"
#include "discover/result.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int misused(void)
{
    fputs("imappushd starts this program by itself\n", stderr);
    return EX_USAGE;
}

static struct providers *load_providers(void)
{
    struct error err;
    struct providers *providers = providers_load(&err);

    if (!providers) {
        fprintf(stderr, "imappushd: %s\n", err.text);
        return NULL;
    }
    for (const struct complaint *complaint = providers->complaints; complaint;
         complaint = complaint->next)
        fprintf(stderr, "imappushd: %s\n", complaint->text);
    if (providers->error_count > 0)
        providers_unload(&providers);
    return providers;
}

static int exit_status(const struct error *err)
{
    return strcmp(err->code, "bad-data") == 0      ? EX_DATAERR
           : strcmp(err->code, "unreachable") == 0 ? EX_UNAVAILABLE
                                                   : EX_NOHOST;
}

static int search(const struct mail_address *address, bool ispdb)
{
    const struct sandbox sandbox = {.unix_sockets = true,
                                    .threads_later = true};
    struct providers *providers = load_providers();
    struct discovery discovery = {.ispdb = ispdb};
    struct error err;
    int status = EX_OK;

    if (!providers)
        return EX_CONFIG;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fputs("imappushd: libcurl cannot be used\n", stderr);
        return EX_OSERR;
    }
    sandbox_stranger(&sandbox);
    if (discovery_run(&discovery, address, providers, &err) == 0) {
        result_print(&discovery);
    } else {
        result_print_error(&err);
        status = exit_status(&err);
    }
    discovery_finish(&discovery);
    providers_unload(&providers);
    return status;
}

static int run(int argc, char **argv)
{
    bool verbose = false, quiet = false, ispdb = true;
    struct mail_address address;
    struct error err;
    int option = 1;

    for (; option < argc - 1; option++) {
        verbose |= strcmp(argv[option], "-v") == 0;
        quiet |= strcmp(argv[option], "-q") == 0;
        ispdb &= strcmp(argv[option], "--no-ispdb") != 0;
    }
    if (argc < 2)
        return misused();
    step_show_progress(verbose || (!quiet && isatty(STDERR_FILENO)));
    int status = EX_USAGE;

    if (mail_address_parse(&address, argv[argc - 1], &err) == 0) {
        status = search(&address, ispdb);
    } else {
        error_prefix(&err, "\"%s\" ", argv[argc - 1]);
        result_print_error(&err);
    }
    mail_address_finish(&address);
    return status;
}

int main(int argc, char **argv)
{
    sandbox_every_process();
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is no reason to die */
    log_open();
    threads_make_small();
    int status = run(argc, argv);

    if (fflush(stdout) != 0)
        status = EX_IOERR;
    /* Not by way of exit(): a thread may have been left in a name lookup. */
    _exit(status);
}
