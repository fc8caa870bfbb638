/*
 * Here and in keys_endpoint.c a key is added. The example files below config/
 * have each of them too, and a test compares.
 */
#include "config/keys.h"

#include "base/log.h"
#include "config/draft.h"

static const char *const log_levels[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
    [LOG_INFO] = "info",   [LOG_DEBUG] = "debug",     NULL};

static const char *const tls_ways[] = {[ACCOUNT_TLS_IMPLICIT] = "implicit",
                                       [ACCOUNT_TLS_STARTTLS] = "starttls",
                                       [ACCOUNT_TLS_NONE] = "none",
                                       NULL};

static const char *const auth_ways[] = {[ACCOUNT_AUTH_PASSWORD] = "password",
                                        [ACCOUNT_AUTH_OAUTH2] = "oauth2",
                                        NULL};

static const char *const watch_ways[] = {[WATCH_AUTO] = "auto",
                                         [WATCH_NOTIFY] = "notify",
                                         [WATCH_IDLE] = "idle",
                                         [WATCH_POLL] = "poll",
                                         NULL};

static const char *const pushes[] = {
    [RULE_NOW] = "now", [RULE_LATER] = "later", [RULE_NEVER] = "never", NULL};

static const struct key main_keys[] = {
    {
        .name = "vapid_subject",
        .help = "whom push services may write to, for Web Push",
        .type = KEY_TEXT,
        .offset = offsetof(struct main_draft, vapid_subject),
    },
    {
        .name = "log_level",
        .help = "how much is logged",
        .type = KEY_CHOICE,
        .offset = offsetof(struct main_draft, log_level),
        .number = LOG_INFO,
        .choices = log_levels,
    },
    {
        .name = "discovery_ispdb",
        .help = "whether Mozilla's database may be asked about a domain",
        .type = KEY_SWITCH,
        .offset = offsetof(struct main_draft, discovery_ispdb),
        .number = true,
    },
    {
        .name = "phone_page",
        .help = "where the page for phones is",
        .type = KEY_TEXT,
        .offset = offsetof(struct main_draft, phone_page),
    },
    {
        .name = "accounts",
        .help = "the accounts that are not in accounts.d/",
        .type = KEY_GROUPS,
        .offset = offsetof(struct main_draft, accounts),
    },
    {
        .name = "endpoints",
        .help = "the endpoints that are not in endpoints.d/",
        .type = KEY_GROUPS,
        .offset = offsetof(struct main_draft, endpoints),
    },
};

static const struct key account_keys[] = {
    {
        .name = "host",
        .help = "the IMAP server's name or address",
        .type = KEY_TEXT,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct account_draft, host),
    },
    {
        .name = "user",
        .help = "the login name",
        .type = KEY_TEXT,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct account_draft, account.user),
    },
    {
        .name = "port",
        .help = "the server's port",
        .type = KEY_NUMBER,
        .offset = offsetof(struct account_draft, port),
        .min = 1,
        .max = 65535,
    },
    {
        .name = "tls",
        .help = "how the connection is encrypted",
        .type = KEY_CHOICE,
        .offset = offsetof(struct account_draft, account.tls),
        .number = ACCOUNT_TLS_IMPLICIT,
        .choices = tls_ways,
    },
    {
        .name = "tls_name",
        .help = "the name in the server's certificate",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.tls_name),
    },
    {
        .name = "ca_file",
        .help = "the certificates to trust instead of the system's",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.ca_file),
    },
    {
        .name = "auth",
        .help = "whether the login is by a password or by an access token",
        .type = KEY_CHOICE,
        .offset = offsetof(struct account_draft, account.auth),
        .number = ACCOUNT_AUTH_PASSWORD,
        .choices = auth_ways,
    },
    {
        .name = "password_command",
        .help = "the command that prints the password",
        .type = KEY_COMMAND,
        .flags = KEY_MAY_EMPTY | KEY_MAY_CONTROL,
        .offset = offsetof(struct account_draft, command),
    },
    {
        .name = "password_file",
        .help = "the file that holds the password",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.password_file),
    },
    {
        .name = "token_command",
        .help = "the command that prints an access token",
        .type = KEY_COMMAND,
        .flags = KEY_MAY_EMPTY | KEY_MAY_CONTROL,
        .offset = offsetof(struct account_draft, token_command),
    },
    {
        .name = "oauth2_issuer",
        .help = "the server where --login signs in",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.oauth2_issuer),
    },
    {
        .name = "oauth2_client_id",
        .help = "as what imappushd is known there",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.oauth2_client_id),
    },
    {
        .name = "oauth2_client_secret_file",
        .help = "the file with the secret that goes with it",
        .type = KEY_TEXT,
        .offset =
            offsetof(struct account_draft, account.oauth2_client_secret_file),
    },
    {
        .name = "oauth2_scope",
        .help = "what a token has to be good for",
        .type = KEY_TEXT,
        .offset = offsetof(struct account_draft, account.oauth2_scope),
    },
    {
        .name = "mailboxes",
        .help = "the mailboxes to watch: names, patterns, special uses, all",
        .type = KEY_TEXTS,
        .offset = offsetof(struct account_draft, mailboxes),
        .count_offset = offsetof(struct account_draft, account.mailbox_count),
        .text = "INBOX",
    },
    {
        .name = "exclude",
        .help = "what patterns and \"all\" leave out",
        .type = KEY_TEXTS,
        .offset = offsetof(struct account_draft, exclude),
        .count_offset = offsetof(struct account_draft, account.exclude_count),
    },
    {
        .name = "max_connections",
        .help = "the most connections of the account",
        .type = KEY_NUMBER,
        .offset = offsetof(struct account_draft, account.max_connections),
        .min = 1,
        .max = 20,
        .number = 3,
    },
    {
        .name = "watch",
        .help = "how the mailboxes are watched",
        .type = KEY_CHOICE,
        .offset = offsetof(struct account_draft, account.watch),
        .number = WATCH_AUTO,
        .choices = watch_ways,
    },
    {
        .name = "refresh_interval",
        .help = "seconds after which every mailbox is looked at again",
        .type = KEY_NUMBER,
        .offset = offsetof(struct account_draft, account.refresh_interval_s),
        .min = 5,
        .max = 1740,
        .number = 540,
    },
    {
        .name = "poll_interval",
        .help = "seconds between two looks where the server tells nothing",
        .type = KEY_NUMBER,
        .offset = offsetof(struct account_draft, account.poll_interval_s),
        .min = 1,
        .max = 86400,
        .number = 300,
    },
    {
        .name = "deliveries_only",
        .help = "whether what a client puts into a mailbox is not announced",
        .type = KEY_SWITCH,
        .offset = offsetof(struct account_draft, account.deliveries_only),
        .number = true,
    },
    {
        .name = "register",
        .help = "whether apps may register endpoints through the mail server",
        .type = KEY_SWITCH,
        .offset = offsetof(struct account_draft, account.registers),
        .number = true,
    },
    {
        .name = "register_private",
        .help = "whether these may be http, or at addresses that are private",
        .type = KEY_SWITCH,
        .offset = offsetof(struct account_draft, account.register_private),
    },
    {
        .name = "max_registered",
        .help = "the most endpoints that are registered",
        .type = KEY_NUMBER,
        .offset = offsetof(struct account_draft, account.max_registered),
        .max = 64,
        .number = 8,
    },
    {
        .name = "rules",
        .help = "what is told at once, later or never",
        .type = KEY_GROUPS,
        .offset = offsetof(struct account_draft, rules),
    },
    {
        .name = "enabled",
        .help = "whether the account is watched at all",
        .type = KEY_SWITCH,
        .offset = offsetof(struct account_draft, account.enabled),
        .number = true,
    },
};

static const struct key rule_keys[] = {
    {
        .name = "mailbox",
        .help = "a pattern for the mailbox",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.mailbox),
    },
    {
        .name = "list_id",
        .help = "a pattern for the List-Id",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.list_id),
    },
    {
        .name = "from",
        .help = "a pattern for who sent it",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.from),
    },
    {
        .name = "to",
        .help = "a pattern for whom it is sent to",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.to),
    },
    {
        .name = "subject",
        .help = "a pattern for the subject",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.subject),
    },
    {
        .name = "auto_submitted",
        .help = "whether a program sent it",
        .type = KEY_SWITCH,
        .offset = offsetof(struct rule_draft, auto_submitted),
    },
    {
        .name = "gmail_search",
        .help = "what Gmail's search finds",
        .type = KEY_TEXT,
        .offset = offsetof(struct rule_draft, rule.gmail_search),
    },
    {
        .name = "push",
        .help = "whether it is told at once, later or never",
        .type = KEY_CHOICE,
        .flags = KEY_REQUIRED,
        .offset = offsetof(struct rule_draft, rule.push),
        .choices = pushes,
    },
    {
        .name = "interval",
        .help = "seconds in which one push is enough",
        .type = KEY_NUMBER,
        .offset = offsetof(struct rule_draft, rule.interval_s),
        .min = 1,
        .max = 604800,
        .number = 3600,
    },
    {
        .name = "endpoints",
        .help = "who is told; all, if it is not given",
        .type = KEY_TEXTS,
        .offset = offsetof(struct rule_draft, rule.endpoints),
        .count_offset = offsetof(struct rule_draft, rule.endpoint_count),
    },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

_Static_assert(sizeof(enum watch) == sizeof(int) &&
                   sizeof(enum account_tls) == sizeof(int) &&
                   sizeof(enum account_auth) == sizeof(int) &&
                   sizeof(enum rule_push) == sizeof(int),
               "a KEY_CHOICE is stored as an int");
_Static_assert(COUNT(account_keys) <= KEYS_MAX, "raise KEYS_MAX");

const struct keys keys_main = {main_keys, COUNT(main_keys)};
const struct keys keys_account = {account_keys, COUNT(account_keys)};
const struct keys keys_rule = {rule_keys, COUNT(rule_keys)};
