#include "core/letter.h"

#include "base/request.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Headers may hold tokens, so this never reaches a child either. */
struct sheet {
    char headers[RECORD_MAX / 2];
    char body[RECORD_MAX / 2];
};

static struct sheet *sheet(void)
{
    static struct sheet *page;

    if (!page) {
        page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
            return page = NULL;
        madvise(page, sizeof *page, MADV_WIPEONFORK);
        madvise(page, sizeof *page, MADV_DONTDUMP);
    }
    return page;
}

struct pen {
    char *at;
    size_t left; /* a NUL always fits */
    bool full;
};

static void put(struct pen *pen, const char *text, size_t length)
{
    if (length >= pen->left) {
        pen->full = true;
        return;
    }
    memcpy(pen->at, text, length);
    pen->at += length;
    pen->left -= length;
    *pen->at = '\0';
}

static void fill_in(struct pen *pen, const char *template,
                    const struct recipient *recipient, const char *version)
{
    while (*template) {
        size_t plain = strcspn(template, "%");

        put(pen, template, plain);
        template += plain;
        if (!*template)
            break;
        char what = template[1];
        const char *value = what == 'v'   ? version
                            : what == 'a' ? recipient->row.account
                            : what == 'm' ? recipient->row.mailbox
                                          : "%";

        put(pen, value, strlen(value));
        template += what ? 2 : 1;
    }
}

void letter_write(const struct recipient *recipient, int64_t version,
                  struct record *record)
{
    const struct endpoint *endpoint = recipient->endpoint;
    struct sheet *page = sheet();
    char number[24];

    record_start(record, COURIER_REQUEST);
    if (!page) {
        record->bad = true;
        return;
    }
    struct pen headers = {page->headers, sizeof page->headers, false};
    struct pen body = {page->body, sizeof page->body, false};

    page->headers[0] = page->body[0] = '\0';
    snprintf(number, sizeof number, "%lld", (long long)version);
    for (size_t i = 0; i < endpoint->header_count; i++) {
        fill_in(&headers, endpoint->headers[i], recipient, number);
        put(&headers, "\n", 1);
    }
    fill_in(&body, endpoint->body, recipient, number);
    const struct request request = {
        .id = recipient->serial,
        .method = endpoint->method,
        .url = endpoint->url,
        .headers = page->headers,
        .body = page->body,
        .ca_file = endpoint->ca_file,
        .insecure_http = endpoint->insecure_http,
    };

    request_pack(record, &request);
    record->bad = record->bad || headers.full || body.full;
    explicit_bzero(page, sizeof *page);
}
