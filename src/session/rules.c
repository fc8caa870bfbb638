#include "session/rules.h"

bool rules_want(const struct response *fetch)
{
    return !(fetch->flags & (FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT));
}
