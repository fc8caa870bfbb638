#include "config/name.h"

#include <string.h>

#define LENGTH_MAX 200 /* NAME.conf must fit into a folder */
#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)

const char *name_trouble(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789._@+-";

    if (name[strspn(name, allowed)] != '\0')
        return "may only have letters, digits and . _ @ + - in it";
    if (name[0] == '.')
        return "must not begin with a dot";
    if (strlen(name) > LENGTH_MAX)
        return "must not be longer than " NUMBER(LENGTH_MAX) " characters";
    return NULL;
}
