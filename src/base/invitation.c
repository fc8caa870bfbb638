#include "base/invitation.h"

#include <stdio.h>
#include <string.h>

bool invitation_is_id(const char *text)
{
    return strlen(text) == INVITATION_ID_LENGTH &&
           strspn(text, "0123456789abcdef") == INVITATION_ID_LENGTH;
}

const char *invitation_find(const char *ids, const char *subject)
{
    char id[INVITATION_ID_LENGTH + 1];
    const char *name = strcasestr(subject, "imappushd");

    for (; name && strlen(ids) >= INVITATION_ID_LENGTH; ids++) {
        snprintf(id, sizeof id, "%s", ids);
        if (strcasestr(name, id))
            return ids;
        ids += INVITATION_ID_LENGTH;
        if (!*ids)
            break;
    }
    return NULL;
}

void invitation_tidy(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte > 0x7e)
            text[i] = ' ';
    }
    text[length] = '\0';
}
