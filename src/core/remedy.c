#include "core/remedy.h"

#include <stdio.h>
#include <string.h>

#define PASSES "nothing, if this is new: it is tried again; "

/* The first NAME stands for the account's or the endpoint's. */
static const struct remedy {
    const char *code, *action;
} remedies[] = {
    /* accounts: what only a person can mend */
    {"login", "imappushd --set-password NAME (many providers want an app "
              "password, and IMAP to be switched on); or correct user, then "
              "imappushd --reload"},
    {"login-needed", "sign in again: imappushd --login NAME"},
    {"locked", "unlock the keyring, by logging in to the desktop for instance; "
               "or keep the password where no keyring is needed"},
    {"keyring", PASSES "else keep the password where no keyring is needed: "
                       "imappushd --set-password NAME --store=file"},
    {"secret", "make password_command or password_file give the password, then "
               "imappushd --reload; or store it: imappushd --set-password "
               "NAME"},
    {"certificate", "do what the text says, then imappushd --reload"},
    {"ca-file", "correct ca_file, then imappushd --reload"},
    {"mailbox",
     "correct mailboxes and exclude (imappushd --list-mailboxes NAME "
     "says which there are), then imappushd --reload"},
    /* accounts: what may pass */
    {"dns", PASSES "else look whether this machine has a network and a name "
                   "server"},
    {"host-unknown", PASSES "else correct host"},
    {"unreachable", PASSES "else look whether this machine has a network, and "
                           "whether host and port are right"},
    {"connect", PASSES "else look whether host and port are right"},
    {"greeting", "look whether host and port are right, and whether the "
                 "network wants a log-in page to be filled in"},
    {"tls", "look whether the port has TLS from the first byte (993); for 143 "
            "set tls = \"starttls\""},
    {"starttls", "try tls = \"implicit\" with port 993"},
    /* endpoints */
    {"gone", "have the phone register anew, then imappushd --rotate-endpoint "
             "NAME, unless an app of the phone's registered it"},
    {"not-accepted", "correct the headers that say who you are; for Web Push, "
                     "look at this machine's clock, or subscribe the phone "
                     "anew; then imappushd --reload"},
    {"method", "correct kind or method, then imappushd --reload"},
    {"too-large", "shorten headers and body, then imappushd --reload"},
    {"redirect", "put the URL that it leads to into the endpoint's file, then "
                 "imappushd --reload"},
    {"answered", "correct the endpoint's file, then imappushd --reload"},
    {"not-sent", "correct the endpoint's file as the text says, then "
                 "imappushd --reload"},
    {"busy", "nothing: it is tried again"},
    {"failing", PASSES "else ask who runs the push service"},
    {"nobody-listens", "subscribe to the topic on the phone"},
    {"push-unreachable", PASSES "else look whether this machine has a network"},
    {"push-certificate", "look at this machine's clock; for a push service of "
                         "your own, set ca_file"},
    {"clock", "set this machine's clock, or let it be set over the network"},
    {"ledger", "make room on the disk, or look why it cannot be written; "
               "until then a restart may push something twice"},
    {"config", "imappushd --check-config says what is wrong; correct it, then "
               "imappushd --reload"},
    {"no-endpoint", "say where to push to: imappushd --add-endpoint"},
};

static const char *find(const char *code)
{
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++) {
        if (strcmp(remedies[i].code, code) == 0)
            return remedies[i].action;
    }
    return "nothing: it is tried again";
}

const char *remedy_for(const char *code, const char *about,
                       char text[REMEDY_SIZE])
{
    static const char place[] = "NAME";
    const char *action = find(code), *at = strstr(action, place);

    if (at && about)
        snprintf(text, REMEDY_SIZE, "%.*s%s%s", (int)(at - action), action,
                 about, at + strlen(place));
    else
        snprintf(text, REMEDY_SIZE, "%s", action);
    return text;
}

void remedy_write(struct json *json, const char *name, const char *code,
                  const char *about, const char *text)
{
    char action[REMEDY_SIZE];

    json_open_object(json, name);
    json_text(json, "code", code);
    json_text(json, "text", text);
    json_text(json, "action", remedy_for(code, about, action));
    json_close_object(json);
}
