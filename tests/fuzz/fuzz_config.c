/*
 * Whatever a person writes into the files: a main file, an account and an
 * endpoint, with lines "%%" between them; what is not there is no file.
 *
 * The daemon reads them in a child that ends right after (config/config.h);
 * here the same function is called in this very process, and what it leaves on
 * the heap is swept away after it.
 *
 * What must hold: every complaint names its place and can be shown on a
 * terminal, with an error there is no configuration, and without one it keeps
 * the promises of base/account.h and base/endpoint.h.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/files.h"
#include "config/reading.h"
#include "config/url.h"

#include <fcntl.h>
#include <sanitizer/allocator_interface.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_SIZE (1 << 20)

/* ---- what is left on the heap ---- */

#define LEFT_MAX 65536

static struct {
    const volatile void *blocks[LEFT_MAX];
    size_t count;
    bool watching;
} left;

static void note_malloc(const volatile void *block, size_t size)
{
    (void)size;
    if (left.watching && left.count < LEFT_MAX)
        left.blocks[left.count++] = block;
}

/* Mostly it is one of the newest. */
static void note_free(const volatile void *block)
{
    for (size_t i = left.count; left.watching && i-- > 0;) {
        if (left.blocks[i] == block) {
            left.blocks[i] = left.blocks[--left.count];
            return;
        }
    }
}

static void sweep(void)
{
    left.watching = false;
    while (left.count > 0)
        free((void *)(uintptr_t)left.blocks[--left.count]);
}

/* ---- the files ---- */

static const char *const names[] = {"imappushd.conf", "accounts.d/work.conf",
                                    "endpoints.d/phone.conf"};

#define FILES (sizeof names / sizeof *names)

/* A folder of our own in $TMPDIR. */
static void enter_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char folder[4096];

    snprintf(folder, sizeof folder, "%s/fuzz-config-XXXXXX",
             parent ? parent : "/tmp");
    must(mkdtemp(folder) != NULL);
    must(chdir(folder) == 0);
    must(mkdir("accounts.d", 0700) == 0 && mkdir("endpoints.d", 0700) == 0);
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static void write_files(const uint8_t *data, size_t size)
{
    static const char mark[] = "%%\n";
    const uint8_t *end = data + size;

    for (size_t i = 0; i < FILES; i++) {
        const uint8_t *stop =
            data < end ? memmem(data, (size_t)(end - data), mark, 3) : NULL;
        size_t length = (size_t)((stop ? stop : end) - data);

        if (length > 0)
            write_file(names[i], data, length);
        else
            unlink(names[i]);
        data = stop ? stop + 3 : end;
    }
}

/* ---- what must hold ---- */

static void check_complaints(const struct config *config)
{
    size_t errors = 0;

    for (const struct complaint *at = config->complaints; at; at = at->next) {
        must(fuzz_is_clean(at->text));
        must(at->words >= at->text && at->words[0]);
        must(at->words <= at->text + strlen(at->text));
        errors += at->is_error;
    }
    must(errors == config->error_count);
}

static void check_account(const struct account *account)
{
    must(account->name && account->host && account->user);
    must(account->port != 0 && account->tls_name);
    must(!account->password_command != !account->password_file);
    must(account->mailbox_count >= 1);
    for (size_t i = 0; i < account->mailbox_count; i++)
        must(fuzz_is_clean(account->mailboxes[i]) && account->mailboxes[i][0]);
    must(account->watch < WATCH_COUNT);
    must(account->refresh_interval_s >= 5 && account->poll_interval_s >= 1);
}

static void check_endpoint(const struct endpoint *endpoint)
{
    struct url url;

    must(endpoint->name && endpoint->url && endpoint->label);
    must(url_check(endpoint->url, &url) == NULL);
    must(url.https || endpoint->insecure_http || host_is_loopback(url.host));
    must(strlen(endpoint->id) == ENDPOINT_ID_SIZE - 1);
    must(endpoint->account_count >= 1 && endpoint->min_interval_s >= 0);
    for (size_t i = 0; i < endpoint->header_count; i++)
        must(fuzz_is_clean(endpoint->headers[i]));
}

static void check(const struct config *config)
{
    check_complaints(config);
    must(config->error_count == 0 ||
         config->account_count + config->endpoint_count == 0);
    for (size_t i = 0; i < config->account_count; i++)
        check_account(&config->accounts[i]);
    for (size_t i = 0; i < config->endpoint_count; i++)
        check_endpoint(&config->endpoints[i]);
}

static void load(void)
{
    struct arena *open = arena_create(ARENA_SIZE);
    struct arena *secret = arena_create(ARENA_SIZE);
    struct reading reading;

    must(open && secret && reading_start(&reading, open, secret) == 0);
    left.watching = true;
    files_read(&reading, "./imappushd.conf");
    left.watching = false;
    reading_finish(&reading);
    check(reading.config);
    sweep();
    arena_destroy(&open);
    arena_destroy(&secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;

    if (!ready) {
        enter_folder();
        __sanitizer_install_malloc_and_free_hooks(note_malloc, note_free);
        ready = true;
    }
    write_files(data, size);
    load();
    return 0;
}
