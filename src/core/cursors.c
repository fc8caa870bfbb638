#include "core/cursors.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

void cursors_finish(struct cursors *cursors)
{
    for (size_t i = 0; i < cursors->count; i++) {
        free(cursors->places[i].host);
        free(cursors->places[i].user);
        free(cursors->places[i].mailbox);
    }
    free(cursors->places);
    *cursors = (struct cursors){0};
}

static struct place *find(struct cursors *cursors,
                          const struct account *account, const char *mailbox)
{
    for (size_t i = 0; i < cursors->count; i++) {
        size_t at = (cursors->next + i) % cursors->count;
        struct place *place = &cursors->places[at];

        if (strcmp(place->mailbox, mailbox) == 0 &&
            strcmp(place->user, account->user) == 0 &&
            strcmp(place->host, account->host) == 0) {
            cursors->next = at + 1;
            return place;
        }
    }
    return NULL;
}

struct place *cursors_place(struct cursors *cursors, struct ledger *ledger,
                            const struct account *account, const char *mailbox,
                            struct error *err)
{
    struct place *place = find(cursors, account, mailbox);

    if (place)
        return place;
    cursors->places = xreallocarray(cursors->places, cursors->count + 1,
                                    sizeof *cursors->places);
    place = &cursors->places[cursors->count++];
    *place = (struct place){.host = xstrdup(account->host),
                            .user = xstrdup(account->user),
                            .mailbox = xstrdup(mailbox)};
    if (ledger)
        ledger_get_cursor(ledger, account->host, account->user, mailbox,
                          &place->cursor, err);
    return place;
}

int cursors_write(const struct cursors *cursors, struct ledger *ledger,
                  struct error *err)
{
    for (size_t i = 0; i < cursors->count; i++) {
        const struct place *place = &cursors->places[i];

        if (place->dirty &&
            ledger_put_cursor(ledger, place->host, place->user, place->mailbox,
                              &place->cursor, err) < 0)
            return -1;
    }
    return 0;
}

void cursors_mark(struct cursors *cursors, bool dirty)
{
    for (size_t i = 0; i < cursors->count; i++)
        cursors->places[i].dirty = dirty;
}
