/*
 * What a name server answers when it is asked for services and for mail
 * exchangers; and an address that somebody typed, or a host that somebody
 * named.
 *
 * What must hold: a name that counts is one that can be looked up, and an
 * address that is taken can be shown.
 */
#include "fuzz.h"

#include "config/host.h"
#include "discover/mailaddress.h"
#include "discover/nameserver.h"

static void check_host(const char *name)
{
    char *host = mail_address_host(name);

    must(!host || (host_is_valid(host) && strchr(host, '.')));
    free(host);
}

static void read_answer(const uint8_t *data, size_t size)
{
    struct service service;
    int result = answer_service(data, size, &service);
    char *exchanger;

    must(result < 0 ? !service.host : service.host != NULL);
    if (result == 0)
        check_host(service.host);
    free(service.host);
    for (unsigned i = 0; (exchanger = answer_exchanger(data, size, i)); i++) {
        must(i < size);
        check_host(exchanger);
        free(exchanger);
    }
}

static void read_address(const char *text)
{
    struct mail_address address;
    struct error err;

    if (mail_address_parse(&address, text, &err) == 0) {
        must(fuzz_is_clean(address.text) && address.local[0]);
        must(host_is_valid(address.ascii) && strchr(address.ascii, '.'));
    }
    mail_address_finish(&address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    read_answer(data, size);
    check_host(text);
    read_address(text);
    free(text);
    return 0;
}
