/*
 * Files of settings, as a domain or a database sends them: in two pieces, for
 * the first byte says where they are cut.
 *
 * What must hold: what comes out is a server that can be connected to with
 * encryption, and names that can be shown and written into a line; or an error
 * with a code that is known.
 */
#include "fuzz.h"

#include "config/host.h"
#include "discover/autoconfig.h"

static void check_finding(const struct finding *finding)
{
    must(host_is_valid(finding->host) && strchr(finding->host, '.'));
    must(!strpbrk(finding->host, ":ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    must(finding->port >= 1 && finding->port <= 65535);
    must(finding->tls != ACCOUNT_TLS_NONE);
    must(finding->user[0] && strlen(finding->user) <= FINDING_USER_MAX);
    must(fuzz_is_clean(finding->user));
    must(finding->password || finding->oauth2);
    must(!finding->outside);
    must(!finding->provider || (strlen(finding->provider) <= FINDING_NAME_MAX &&
                                fuzz_is_clean(finding->provider)));
}

static void check_error(const struct error *err)
{
    must(strcmp(err->code, "bad-data") == 0 ||
         strcmp(err->code, "nothing") == 0);
    must(err->text[0] && fuzz_is_clean(err->text));
}

static void read_file(const struct mail_address *address, const char *text,
                      size_t size, size_t cut)
{
    struct autoconfig *autoconfig = autoconfig_create(address);
    struct finding finding = {0};
    struct error err = {0};

    if (autoconfig_take(autoconfig, text, cut) == 0)
        autoconfig_take(autoconfig, text + cut, size - cut);
    if (autoconfig_end(autoconfig, &finding, &err) == 0)
        check_finding(&finding);
    else
        check_error(&err);
    finding_finish(&finding);
    autoconfig_destroy(&autoconfig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mail_address address;
    struct error err;

    if (!address.text)
        must(mail_address_parse(&address, "j\xc3\xb6@example.test", &err) == 0);
    if (size == 0)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);

    read_file(&address, text, size - 1, data[0] % size);
    free(text);
    return 0;
}
