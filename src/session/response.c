#include "session/response.h"

#include "base/use.h"
#include "session/fetch.h"
#include "session/oldname.h"
#include "session/screen.h"
#include "session/token.h"
#include "session/utf7.h"

#include <libetpan/libetpan.h>
#include <string.h>
#include <strings.h>

/* Exported by libetpan, though its header is not installed. With no stream it
 * parses from memory and never blocks. */
int mailimap_response_data_parse(mailstream *fd, MMAPString *buffer,
                                 struct mailimap_parser_context *context,
                                 size_t *index,
                                 struct mailimap_response_data **result,
                                 size_t progress_rate,
                                 progress_function *progress);

/* The parser crashes without a context, and a context needs a session. */
static struct mailimap_parser_context *parser_context(void)
{
    static struct mailimap_parser_context *context;

    if (!context) {
        fetch_register();
        context = mailimap_parser_context_new(mailimap_new(0, NULL));
    }
    return context;
}

static bool take_status(const struct mailimap_mailbox_data_status *status,
                        struct response *response)
{
    if (!status || !status->st_mailbox ||
        /* as it was sent */
        !utf7_decode(token_unquote(status->st_mailbox), response->mailbox,
                     sizeof response->mailbox))
        return false;
    response->messages = -1;
    if (!status->st_info_list) /* "* STATUS x ()" is legal and says nothing */
        return true;
    for (clistiter *at = clist_begin(status->st_info_list); at;
         at = clist_next(at)) {
        const struct mailimap_status_info *info = clist_content(at);

        if (info->st_att == MAILIMAP_STATUS_ATT_UIDNEXT)
            response->uidnext = info->st_value;
        if (info->st_att == MAILIMAP_STATUS_ATT_MESSAGES)
            response->messages = info->st_value;
        if (info->st_att == MAILIMAP_STATUS_ATT_UIDVALIDITY)
            response->uidvalidity = info->st_value;
    }
    return true;
}

static void take_list_flags(const struct mailimap_mbx_list_flags *flags,
                            struct response *response)
{
    if (flags->mbf_type == MAILIMAP_MBX_LIST_FLAGS_SFLAG &&
        flags->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT)
        response->selectable = false;
    if (!flags->mbf_oflags)
        return;
    for (clistiter *at = clist_begin(flags->mbf_oflags); at;
         at = clist_next(at)) {
        const struct mailimap_mbx_list_oflag *flag = clist_content(at);

        if (!flag->of_flag_ext)
            continue;
        response->uses |= use_of(flag->of_flag_ext);
        if (strcasecmp(flag->of_flag_ext, "NonExistent") == 0)
            response->selectable = false;
    }
}

static bool take_list(const struct mailimap_mailbox_list *list,
                      struct response *response)
{
    if (!list || !list->mb_name ||
        !utf7_decode(list->mb_name, response->mailbox,
                     sizeof response->mailbox))
        return false;
    response->selectable = true;
    response->separator = list->mb_delimiter == ' ' ? '\0' : list->mb_delimiter;
    if (list->mb_flag)
        take_list_flags(list->mb_flag, response);
    return true;
}

/* Copies what we need of what libetpan found. */
static bool take(const struct mailimap_response_data *data,
                 const struct reply *reply, struct response *response)
{
    if (response->kind == RESPONSE_FETCH &&
        data->rsp_type == MAILIMAP_RESP_DATA_TYPE_MESSAGE_DATA &&
        data->rsp_data.rsp_message_data->mdt_msg_att) {
        return fetch_take(data->rsp_data.rsp_message_data->mdt_msg_att, reply,
                          response);
    }
    if (response->kind == RESPONSE_STATUS &&
        data->rsp_type == MAILIMAP_RESP_DATA_TYPE_MAILBOX_DATA &&
        data->rsp_data.rsp_mailbox_data->mbd_type ==
            MAILIMAP_MAILBOX_DATA_STATUS)
        return take_status(data->rsp_data.rsp_mailbox_data->mbd_data.mbd_status,
                           response);
    if (response->kind == RESPONSE_LIST &&
        data->rsp_type == MAILIMAP_RESP_DATA_TYPE_MAILBOX_DATA &&
        data->rsp_data.rsp_mailbox_data->mbd_type == MAILIMAP_MAILBOX_DATA_LIST)
        return take_list(data->rsp_data.rsp_mailbox_data->mbd_data.mbd_list,
                         response);
    return false;
}

/* What libetpan is to see: a LIST ends where RFC 3501 lets it end. */
static MMAPString *bytes_of(const struct reply *reply, const char *extended)
{
    MMAPString *bytes;

    if (!extended)
        return mmap_string_new_len(reply->raw, reply->length);
    bytes = mmap_string_new_len(reply->raw, (size_t)(extended - reply->raw));
    return bytes ? mmap_string_append(bytes, "\r\n") : NULL;
}

static bool parse(const struct reply *reply, const char *extended,
                  struct response *response)
{
    MMAPString *bytes = bytes_of(reply, extended);
    struct mailimap_response_data *data = NULL;
    size_t index = 0;
    bool understood = false;

    if (!bytes)
        return false;
    if (mailimap_response_data_parse(NULL, bytes, parser_context(), &index,
                                     &data, 0, NULL) == MAILIMAP_NO_ERROR) {
        const char *rest = bytes->str + index; /* only the line's end */

        understood =
            rest[strspn(rest, " \r\n")] == '\0' && take(data, reply, response);
        mailimap_response_data_free(data);
    }
    mmap_string_free(bytes);
    return understood;
}

static bool parse_list(const struct reply *reply, const char *arguments,
                       struct response *response)
{
    const char *end = reply->raw + reply->length;
    const char *extended = oldname_find(arguments, end);

    if (!parse(reply, extended, response))
        return false;
    if (extended)
        oldname_take(extended, end, response->oldname,
                     sizeof response->oldname);
    return true;
}

/* The numbers that a search found, and perhaps "(MODSEQ 5)" (RFC 7162). */
static bool is_numbers(const char *at, const char *end)
{
    int64_t number;

    do {
        at = token_skip_spaces(at, end);
        number = token_number(&at, end);
    } while (number > 0 && at < end && strchr(" \t\r\n", *at));
    return number != 0 && at < end && strchr("(\r\n", *at);
}

static enum response_kind kind_of(const char *word)
{
    static const struct {
        const char *word;
        enum response_kind kind;
    } kinds[] = {
        {"EXISTS", RESPONSE_EXISTS},         {"RECENT", RESPONSE_RECENT},
        {"EXPUNGE", RESPONSE_EXPUNGE},       {"FETCH", RESPONSE_FETCH},
        {"STATUS", RESPONSE_STATUS},         {"LIST", RESPONSE_LIST},
        {"CAPABILITY", RESPONSE_CAPABILITY}, {"SEARCH", RESPONSE_SEARCH},
        {"METADATA", RESPONSE_METADATA},
    };

    for (size_t i = 0; word && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(word, kinds[i].word) == 0)
            return kinds[i].kind;
    }
    return RESPONSE_OTHER;
}

void response_parse(const struct reply *reply, struct response *response)
{
    struct screened screened = screen(reply->raw, reply->length);
    bool safe = screened.safe && reply->whole;

    *response = (struct response){.kind = kind_of(screened.word),
                                  .number = screened.number};
    switch (response->kind) {
    case RESPONSE_EXISTS:
    case RESPONSE_RECENT:
    case RESPONSE_EXPUNGE:
        response->understood = safe;
        break;
    case RESPONSE_FETCH:
    case RESPONSE_STATUS:
        response->understood = safe && parse(reply, NULL, response);
        break;
    case RESPONSE_LIST:
        response->understood =
            safe && parse_list(reply, screened.after, response);
        break;
    case RESPONSE_CAPABILITY:
    case RESPONSE_METADATA:
        response->words = screened.after;
        response->understood = safe;
        break;
    case RESPONSE_SEARCH:
        response->words = screened.after;
        response->understood =
            safe && is_numbers(screened.after, reply->raw + reply->length);
        break;
    case RESPONSE_OTHER:
        break;
    }
}
