/*
 * What the steps of --add-account share: for cli/setup*.c only. Each step
 * returns the exit status, the reason said; 0: go on.
 */
#ifndef IMAPPUSHD_CLI_SETUP_PRIVATE_H
#define IMAPPUSHD_CLI_SETUP_PRIVATE_H

#include "base/account.h"
#include "base/buffer.h"
#include "cli/probe.h"
#include "cli/settings.h"
#include "cli/setup.h"
#include "config/config.h"

#include <stdbool.h>

/* As text, for that is how it is typed, found and written; owned. */
struct server {
    char *host, *port, *tls, *user;
    char *tls_name, *ca_file; /* null: the host, the system's */
};

struct setup {
    const struct command *command;
    bool asks;   /* there is a person */
    bool edited; /* a person typed the server */
    bool quiet;  /* ... or nobody who wants to know */
    bool json;
    struct config *present; /* what the files say */
    char *address;          /* null: not given, nor needed */
    struct settings found;
    struct server server;
    char *name, *conf;    /* of the account, and of its file */
    bool typed;           /* the password came from a person */
    struct buffer secret; /* the password; or what came of signing in */
    char **mailboxes;     /* to watch; owned, as is each */
    size_t mailbox_count;
    bool primary_only;
    enum account_auth auth;
    char *client_id;        /* OAuth2; null: providers.conf knows it; owned */
    const char *store;      /* where the secret was put; null: nowhere */
    struct buffer text;     /* of the file */
    struct config *planned; /* what the files say then */
    const struct account *account; /* of what is planned */
    /* What the server said. */
    bool tested, lacks;
    char *offer;   /* null: it was not asked */
    char **listed; /* its mailboxes with mail; owned, as is each */
    size_t listed_count;
};

/* ---- asking (setup.c) ---- */

/* The answer, free() it: usual where only Return came. Null at the end of
 * file, and for an empty answer where nothing is usual. */
char *setup_ask(const char *label, const char *usual);

/* 'y', 'n' or 'e' (edit); usual is one of them. 'n' at the end of file. */
char setup_choose(const char *question, char usual);

/* Words for who gave up; 66. */
int setup_give_up(void);

/* Frees a list of names. */
void setup_drop(char ***list, size_t *count);

/* Adds a name to a list. */
void setup_add(char ***list, size_t *count, const char *name);

/* Shows text that a stranger may have chosen. */
void setup_show(const char *before, const char *text, const char *after);

/* ---- values of a server (setup_edit.c) ---- */

/* Replaces a field; text may be null. */
void setup_set(char **field, const char *text);

bool setup_is_port(const char *text);
bool setup_is_tls(const char *text);

/* A person types it; what there is, is offered. With trust: also whom to
 * trust. */
int setup_edit_server(struct setup *setup, bool trust);

/* ---- steps, in their order ---- */

/* The address, where it is needed; the server from options or by looking for
 * it, and a person's word on it (setup_server.c). */
int setup_find_server(struct setup *setup);

/* Is there an account for that mailbox already? Else names the new one, if it
 * has no name yet (setup_name.c). */
int setup_name(struct setup *setup);

/* Writes the text of the file, and reads it as --check-config would
 * (setup_file.c). */
int setup_plan(struct setup *setup);

/* The password or a sign-in, and a login with it, unless they are not wanted;
 * more than once, where a person can do better (setup_login.c). */
int setup_log_in(struct setup *setup);

/* Which mailboxes, and at Gmail which mail (setup_mailboxes.c). */
int setup_choose_mailboxes(struct setup *setup);

/* Whether the host is Gmail's. */
bool setup_is_gmail(const struct setup *setup);

/* Does a person sign in (OAuth2), by us? */
bool setup_signs_in(const struct setup *setup);

/* Stores the secret and writes the file, both or none, and tells a daemon that
 * runs (setup_write.c). */
int setup_write(struct setup *setup);

/* Logs in with the account as it is planned, and shows what the server can do:
 * 0, or -1 with err. */
int setup_test(struct setup *setup, struct error *err);

/* What a person may want next: an endpoint, a service (setup_next.c). running:
 * a daemon has the account. */
int setup_offer_next(struct setup *setup, bool running);

#endif
