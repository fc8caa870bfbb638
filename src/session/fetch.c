#include "session/fetch.h"

#include "session/header.h"

#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Exported by libetpan, though their header is not installed. */
int mailimap_token_case_insensitive_parse(mailstream *fd, MMAPString *buffer,
                                          size_t *index, const char *token);
int mailimap_space_parse(mailstream *fd, MMAPString *buffer, size_t *index);
int mailimap_nstring_parse(mailstream *fd, MMAPString *buffer,
                           struct mailimap_parser_context *context,
                           size_t *index, char **result, size_t *length,
                           size_t progress_rate, progress_function *progress);

/* ---- FETCH items that libetpan does not know ---- */

enum { EXTRA_SAVEDATE, EXTRA_EMAILID };

static int parse_extra(int where, mailstream *fd, MMAPString *buffer,
                       struct mailimap_parser_context *context, size_t *index,
                       struct mailimap_extension_data **result,
                       size_t progress_rate, progress_function *progress);

static void free_extra(struct mailimap_extension_data *data)
{
    free(data->ext_data);
    free(data);
}

static char extras_name[] = "IMAPPUSHD";

static struct mailimap_extension_api extras = {
    .ext_name = extras_name,
    .ext_id = -1,
    .ext_parser = parse_extra,
    .ext_free = free_extra,
};

/* What stands between parentheses, without them. */
static char *take_parenthesised(MMAPString *buffer, size_t *index)
{
    const char *at = buffer->str + *index;
    size_t length = *at == '(' ? strcspn(at, ")\r\n") : 0;

    if (length < 2 || at[length] != ')')
        return NULL;
    *index += length + 1;
    return strndup(at + 1, length - 1);
}

/* A quoted date-time; an empty string for NIL. */
static char *take_nstring(mailstream *fd, MMAPString *buffer,
                          struct mailimap_parser_context *context,
                          size_t *index)
{
    char *text = NULL, *copy;
    size_t length;

    if (mailimap_nstring_parse(fd, buffer, context, index, &text, &length, 0,
                               NULL) != MAILIMAP_NO_ERROR)
        return NULL;
    copy = strdup(text ? text : "");
    if (text)
        mailimap_nstring_free(text);
    return copy;
}

static int parse_extra(int where, mailstream *fd, MMAPString *buffer,
                       struct mailimap_parser_context *context, size_t *index,
                       struct mailimap_extension_data **result,
                       size_t progress_rate, progress_function *progress)
{
    static const char *const words[] = {"SAVEDATE", "EMAILID"};
    size_t at = *index;
    int which = 0;

    (void)progress_rate;
    (void)progress;
    if (where != MAILIMAP_EXTENDED_PARSER_FETCH_DATA)
        return MAILIMAP_ERROR_PARSE;
    while (which < 2 && mailimap_token_case_insensitive_parse(
                            fd, buffer, &at, words[which]) != MAILIMAP_NO_ERROR)
        which++;
    if (which == 2 || mailimap_space_parse(fd, buffer, &at) != 0)
        return MAILIMAP_ERROR_PARSE;
    char *text = which == EXTRA_SAVEDATE
                     ? take_nstring(fd, buffer, context, &at)
                     : take_parenthesised(buffer, &at);

    if (!text)
        return MAILIMAP_ERROR_PARSE;
    *result = mailimap_extension_data_new(&extras, which, text);
    *index = at;
    return *result ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_MEMORY;
}

void fetch_register(void)
{
    mailimap_extension_register(&extras);
}

/* ---- what a FETCH says ---- */

static bool is_possible(const struct mailimap_date_time *date)
{
    int minutes = date->dt_zone % 100;

    return date->dt_year >= 1970 && date->dt_year <= 9999 &&
           date->dt_month >= 1 && date->dt_month <= 12 && date->dt_day >= 1 &&
           date->dt_day <= 31 && date->dt_hour >= 0 && date->dt_hour <= 23 &&
           date->dt_min >= 0 && date->dt_min <= 59 && date->dt_sec >= 0 &&
           date->dt_sec <= 60 && date->dt_zone >= -1400 &&
           date->dt_zone <= 1400 && minutes > -60 && minutes < 60;
}

/* RFC 3501 date-time in seconds since 1970; 0 for what cannot be. */
static int64_t seconds_of(const struct mailimap_date_time *date)
{
    struct tm calendar = {
        .tm_year = date->dt_year - 1900,
        .tm_mon = date->dt_month - 1,
        .tm_mday = date->dt_day,
        .tm_hour = date->dt_hour,
        .tm_min = date->dt_min,
        .tm_sec = date->dt_sec,
    };
    int minutes = date->dt_zone / 100 * 60 + date->dt_zone % 100;

    if (!is_possible(date)) /* nothing can be computed with it */
        return 0;
    int64_t seconds = (int64_t)timegm(&calendar) - minutes * 60;

    return seconds > 0 ? seconds : 0;
}

/* "25-Nov-2026 01:08:02 +0000" in seconds since 1970; 0 for anything else. */
static int64_t seconds_of_text(const char *text)
{
    struct tm calendar = {0};
    const char *end = strptime(text, " %d-%b-%Y %H:%M:%S %z", &calendar);
    long zone_s = calendar.tm_gmtoff;

    if (!end)
        return 0;
    int64_t seconds = (int64_t)timegm(&calendar) - zone_s;

    return seconds > 0 ? seconds : 0;
}

static void take_extra(const struct mailimap_extension_data *data,
                       struct response *response)
{
    const char *text = data->ext_data;

    if (data->ext_extension != &extras)
        return;
    if (data->ext_type == EXTRA_SAVEDATE)
        response->savedate = seconds_of_text(text);
    else if (strlen(text) < sizeof response->emailid)
        memcpy(response->emailid, text, strlen(text) + 1);
}

static bool is(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && strncasecmp(known, name, length) == 0;
}

/* Adds a field to those in a buffer of RESPONSE_HEADER_SIZE. */
static void keep_field(const char *field, size_t size, char *buffer,
                       size_t *length, bool *cut)
{
    if (size > RESPONSE_HEADER_SIZE - *length) {
        *cut = true;
        return;
    }
    memcpy(buffer + *length, field, size);
    *length += size;
}

/* The header fields that were asked for. */
static void take_header(const struct mailimap_msg_att_body_section *section,
                        struct response *response)
{
    const char *at = section->sec_body_part, *name, *body;
    const char *end = at ? at + section->sec_length : NULL;
    size_t length;

    response->header_read = at != NULL; /* NIL is no answer */
    while (at && (name = header_next(&at, end, &length, &body)) != NULL) {
        size_t whole = (size_t)(at - name);

        if (is("Received", name, length))
            response->has_received = true;
        else if (is("From", name, length) || is("Subject", name, length))
            keep_field(name, whole, response->origin, &response->origin_length,
                       &response->origin_cut);
        else
            keep_field(name, whole, response->header, &response->header_length,
                       &response->header_cut);
    }
}

/* False for a UID that cannot be. */
static bool take_fixed(const struct mailimap_msg_att_static *fixed,
                       struct response *response)
{
    switch (fixed->att_type) {
    case MAILIMAP_MSG_ATT_UID:
        response->uid = fixed->att_data.att_uid;
        return response->uid > 0;
    case MAILIMAP_MSG_ATT_INTERNALDATE:
        if (fixed->att_data.att_internal_date)
            response->internaldate =
                seconds_of(fixed->att_data.att_internal_date);
        break;
    case MAILIMAP_MSG_ATT_BODY_SECTION:
        if (fixed->att_data.att_body_section)
            take_header(fixed->att_data.att_body_section, response);
        break;
    default:
        break;
    }
    return true;
}

/* Does the flag stand there as a word of its own? libetpan takes "\\Seenish"
 * for "\\Seen" and more. */
static bool stands_alone(const struct reply *reply, const char *flag)
{
    const char *end = reply->raw + reply->length;
    size_t size = strlen(flag);

    for (const char *at = reply->raw; at + size < end; at++) {
        if (strncasecmp(at, flag, size) == 0 && strchr(" )", at[size]))
            return true;
    }
    return false;
}

static void take_flags(const struct mailimap_msg_att_dynamic *dynamic,
                       const struct reply *reply, struct response *response)
{
    static const struct {
        int type;
        const char *word;
        unsigned bit;
    } known[] = {
        {MAILIMAP_FLAG_SEEN, "\\Seen", FLAG_SEEN},
        {MAILIMAP_FLAG_DELETED, "\\Deleted", FLAG_DELETED},
        {MAILIMAP_FLAG_DRAFT, "\\Draft", FLAG_DRAFT},
    };

    response->has_flags = true;
    if (!dynamic->att_list)
        return;
    for (clistiter *at = clist_begin(dynamic->att_list); at;
         at = clist_next(at)) {
        const struct mailimap_flag_fetch *flag = clist_content(at);

        if (flag->fl_type != MAILIMAP_FLAG_FETCH_OTHER || !flag->fl_flag)
            continue;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (flag->fl_flag->fl_type == known[i].type &&
                stands_alone(reply, known[i].word))
                response->flags |= known[i].bit;
        }
    }
}

bool fetch_take(const struct mailimap_msg_att *attributes,
                const struct reply *reply, struct response *response)
{
    for (clistiter *at = clist_begin(attributes->att_list); at;
         at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);

        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC) {
            take_flags(item->att_data.att_dyn, reply, response);
        } else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC) {
            if (!take_fixed(item->att_data.att_static, response))
                return false;
        } else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_EXTENSION) {
            take_extra(item->att_data.att_extension_data, response);
        }
    }
    return true;
}
