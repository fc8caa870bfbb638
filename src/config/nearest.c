/*
 * A key that is not known was mostly mistyped, and saying which one was meant
 * spares a look into the manual.
 */
#include "config/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define LENGTH_MAX 255 /* of a known name that may be what was meant */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t two = a < b ? a : b;

    return two < c ? two : c;
}

/* The edit distance of Levenshtein, upper and lower case alike, by one row of
 * the table: row[i] is the distance of the first i characters of known to what
 * was seen of name. */
size_t nearest_distance(const char *known, const char *name)
{
    size_t row[LENGTH_MAX + 1], length = strlen(known);

    if (length > LENGTH_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (; *name; name++) {
        size_t diagonal = row[0]++;
        int wanted = tolower((unsigned char)*name);

        for (size_t i = 1; i <= length; i++) {
            int have = tolower((unsigned char)known[i - 1]);
            size_t same = diagonal + (have != wanted);

            diagonal = row[i];
            row[i] = least(row[i] + 1, row[i - 1] + 1, same);
        }
    }
    return row[length];
}

const char *nearest_key(const struct keys *keys, const char *name)
{
    const char *nearest = NULL;
    size_t fewest = SIZE_MAX;

    for (size_t i = 0; i < keys->count; i++) {
        const char *known = keys->keys[i].name;
        size_t here = nearest_distance(known, name);

        if (here < fewest) {
            nearest = known;
            fewest = here;
        }
    }
    return nearest;
}
