#include "base/letterhead.h"

#include "base/text.h"

#include <string.h>

static bool is_fit(const char *text, size_t max)
{
    size_t length = strlen(text);

    return length <= max && text_is_showable(text, length);
}

bool letterhead_is_fit(const char *from, const char *subject)
{
    return is_fit(from, LETTERHEAD_FROM_MAX) &&
           is_fit(subject, LETTERHEAD_SUBJECT_MAX);
}
