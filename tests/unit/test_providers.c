/*
 * providers.conf: the one that is shipped, and what a person may write into
 * another.
 */
#include "scratch.h"

#include "config/config.h"
#include "config/providers.h"

#define ENTRY                                                                  \
    "name = \"Mine\"; domains = [ \"mine.test\" ]; host = "                    \
    "\"imap.mine.test\"; "
#define FILE_WITH(text) "providers = (\n{ " text " } );\n"

/* The file in the source, whatever folder the tests run in. */
static const char *shipped_file(void)
{
    static char path[512];
    const char *end = strstr(__FILE__, "tests/unit/");

    assert_non_null(end);
    snprintf(path, sizeof path, "%.*spackaging/providers.conf",
             (int)(end - __FILE__), __FILE__);
    return path;
}

static struct providers *read_files(const char *first, const char *second)
{
    const char *paths[] = {first, second, NULL};
    struct error err;
    struct providers *providers = providers_read(paths, &err);

    assert_non_null(providers);
    return providers;
}

static struct providers *read_text(const char *text)
{
    scratch_write("providers.conf", text, strlen(text));
    return read_files(scratch_file("providers.conf"), NULL);
}

/* The only complaint about the text ends like that, and names file and line. */
static void assert_refused(const char *text, unsigned line, const char *words)
{
    struct providers *providers = read_text(text);
    char place[256];

    snprintf(place, sizeof place, "%s:%u: ", scratch_file("providers.conf"),
             line);
    assert_int_equal(providers->error_count, 1);
    assert_int_equal(providers->count, 0);
    assert_string_equal(providers->complaints->words, words);
    assert_memory_equal(providers->complaints->text, place, strlen(place));
    providers_unload(&providers);
}

static void what_is_shipped_is_right(void **state)
{
    struct providers *providers = read_files(shipped_file(), NULL);

    (void)state;
    if (providers->complaints)
        fail_msg("%s", providers->complaints->text);
    assert_true(providers->count >= 20);
    for (size_t i = 0; i < providers->count; i++) {
        const struct provider *provider = &providers->list[i];
        bool local = provider_has_quirk(provider, "local-server");

        /* no credentials of ours go to a host without a name */
        assert_int_equal(strcmp(provider->host, "127.0.0.1") == 0, local);
        assert_int_equal(provider->port, local ? 1143 : 993);
        if (provider->oauth2)
            assert_null(provider->oauth2->client_id);
    }
    providers_unload(&providers);
}

static const char *host_of(const struct providers *providers,
                           const char *domain)
{
    const struct provider *found = providers_of_domain(providers, domain);

    return found ? found->host : "-";
}

static void domains_lead_to_providers(void **state)
{
    struct providers *providers = read_files(shipped_file(), NULL);

    (void)state;
    assert_string_equal(host_of(providers, "GoogleMail.com"), "imap.gmail.com");
    assert_string_equal(host_of(providers, "hotmail.co.uk"),
                        "outlook.office365.com");
    assert_string_equal(host_of(providers, "yahoo.fr"), "imap.mail.yahoo.com");
    assert_string_equal(host_of(providers, "yahoo.com.br"),
                        "imap.mail.yahoo.com");
    /* a star is one label at most, and there is nothing around the pattern */
    assert_string_equal(host_of(providers, "yahoo.evil.test"), "-");
    assert_string_equal(host_of(providers, "yahoo."), "-");
    assert_string_equal(host_of(providers, "yahoo"), "-");
    assert_string_equal(host_of(providers, "notgmail.com"), "-");
    assert_string_equal(host_of(providers, "mail.gmail.com"), "-");
    assert_string_equal(host_of(providers, ""), "-");
    providers_unload(&providers);
}

static void exchangers_and_hosts_lead_to_providers(void **state)
{
    struct providers *providers = read_files(shipped_file(), NULL);
    const struct provider *found =
        providers_of_exchanger(providers, "ASPMX.L.google.com");

    (void)state;
    assert_string_equal(found->name, "Gmail");
    found = providers_of_exchanger(providers, "google.com");
    assert_string_equal(found->name, "Gmail");
    assert_null(providers_of_exchanger(providers, "notgoogle.com"));
    assert_null(providers_of_exchanger(providers, "google.com.evil.test"));
    assert_null(providers_of_exchanger(providers, "com"));
    assert_string_equal(providers_of_host(providers, "IMAP.gmail.com")->name,
                        "Gmail");
    assert_null(providers_of_host(providers, "gmail.com"));
    /* of the two that it may be, the one whose pages sign both in */
    found = providers_of_host(providers, "outlook.office365.com");
    assert_non_null(
        strstr(found->oauth2->token_endpoint, "/common/oauth2/v2.0/token"));
    found = providers_of_domain(providers, "outlook.com");
    assert_non_null(
        strstr(found->oauth2->token_endpoint, "/consumers/oauth2/v2.0/"));
    providers_unload(&providers);
}

static void first_file_comes_first(void **state)
{
    static const char text[] = FILE_WITH(
        "name = \"Mine\"; domains = [ \"gmail.com\" ]; mx = [ \"zoho.com\" ]; "
        "host = \"mine.test\"; tls = \"starttls\"; login = \"local part\"; "
        "quirks = [ \"few-logins\" ]; ");

    (void)state;
    scratch_write("providers.conf", text, strlen(text));
    struct providers *providers =
        read_files(scratch_file("providers.conf"), shipped_file());
    const struct provider *found = providers_of_domain(providers, "gmail.com");

    assert_string_equal(found->host, "mine.test");
    assert_int_equal(found->port, 143);
    assert_int_equal(found->login, PROVIDER_LOCAL_PART);
    assert_true(provider_has_quirk(found, "few-logins"));
    assert_false(provider_has_quirk(found, "app-password"));
    assert_ptr_equal(providers_of_exchanger(providers, "mx.zoho.com"), found);
    assert_string_equal(host_of(providers, "gmx.de"), "imap.gmx.net");
    providers_unload(&providers);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_refused("provider = ();", 1,
                   "unknown key \"provider\"; the nearest known key is "
                   "\"providers\"");
    assert_refused(FILE_WITH(ENTRY "hosts = \"x\";"), 2,
                   "unknown key \"hosts\"; the nearest known key is \"host\"");
    assert_refused(FILE_WITH("name = \"x\"; host = \"a.test\";"), 2,
                   "this provider needs domains or mx: nothing leads to it");
    assert_refused(FILE_WITH("name = \"x\"; mx = [ \"a.test\" ];"), 2,
                   "host is missing: the IMAP server's name");
    assert_refused(FILE_WITH(ENTRY "port = 65536;"), 2,
                   "port must be a whole number from 1 to 65535 (the server's "
                   "port)");
    assert_refused(FILE_WITH(ENTRY "tls = \"none\";"), 2,
                   "tls must be one of the strings implicit, starttls (how "
                   "the connection is encrypted)");
    assert_refused(FILE_WITH(ENTRY "mx = [ \"*.test\" ];"), 2,
                   "mx: \"*.test\" is not the name of a domain");
    assert_refused(FILE_WITH(ENTRY "quirks = [ \"slow\" ];"), 2,
                   "there is no quirk \"slow\"; imappushd-providers(5) has "
                   "those that there are");
    assert_refused(FILE_WITH(ENTRY "help = \"http://a.test/\";"), 2,
                   "help must begin with https://");
    assert_refused(FILE_WITH("name = \"x\"; mx = [ \"a.test\" ]; "
                             "host = \"a b\";"),
                   2, "host is not the name of a host");
}

#define OAUTH2(text)                                                           \
    FILE_WITH(ENTRY "auth = \"oauth2\"; oauth2 = {\n" text "};")

static void mistakes_about_oauth2_are_named(void **state)
{
    (void)state;
    assert_refused(FILE_WITH(ENTRY "auth = \"both\";"), 2,
                   "auth has OAuth2 in it, and there is no oauth2 = { ... }");
    assert_refused(OAUTH2("scope = \"mail\";"), 2,
                   "oauth2 needs an issuer, or a token_endpoint");
    assert_refused(OAUTH2("issuer = \"https://a.test\";"), 2,
                   "scope is missing: what is asked for");
    assert_refused(OAUTH2("scope = \"mail\"; issuer = \"https://a.test\";\n"
                          "token_endpoint = \"http://a.test/\";"),
                   4, "token_endpoint must begin with https://");
    assert_refused(OAUTH2("scope = \"mail\"; issuer = \"https://a.test\";\n"
                          "tokens = \"https://a.test/\"; client_id = \"me\";"),
                   4,
                   "unknown key \"tokens\"; the nearest known key is "
                   "\"scope\"");
    assert_refused(OAUTH2("scope = \"mail\"; issuer = \"https://a.test\";\n"
                          "name = \"x\";"),
                   4,
                   "unknown key \"name\"; the nearest known key is "
                   "\"scope\"");
}

static void shipped_file_is_missing(void **state)
{
    struct providers *providers = read_files(scratch_file("none"), NULL);

    (void)state;
    assert_int_equal(providers->error_count, 1);
    assert_non_null(strstr(providers->complaints->text, "/none: "));
    providers_unload(&providers);
}

int main(void)
{
#define TEST(function)                                                         \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_shipped_is_right),
        TEST(domains_lead_to_providers),
        TEST(exchangers_and_hosts_lead_to_providers),
        TEST(first_file_comes_first),
        TEST(mistakes_are_named),
        TEST(mistakes_about_oauth2_are_named),
        TEST(shipped_file_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
