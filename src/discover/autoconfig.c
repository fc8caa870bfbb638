/*
 * Where the parser stands is kept as a path, so that what is looked for can be
 * written down as such; texts are kept only where one is wanted.
 */
#include "discover/autoconfig.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

#include <expat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH_MAX_LENGTH 512 /* bytes: which bounds the depth, too */
#define VALUE_MAX 1024      /* of a text that is wanted */

#define ROOT "/clientConfig"
#define PROVIDER ROOT "/emailProvider"
#define SERVER PROVIDER "/incomingServer"

/* A server as it is told. */
enum field { HOSTNAME, PORT, SOCKET_TYPE, USERNAME, AUTHENTICATION, FIELDS };

static const char *const field_paths[FIELDS] = {
    [HOSTNAME] = SERVER "/hostname",
    [PORT] = SERVER "/port",
    [SOCKET_TYPE] = SERVER "/socketType",
    [USERNAME] = SERVER "/username",
    [AUTHENTICATION] = SERVER "/authentication",
};

struct autoconfig {
    const struct mail_address *address;
    XML_Parser parser;
    size_t length;
    struct buffer path, value;
    bool wanted;            /* the text in value */
    bool is_settings;       /* the root is that of such a file */
    bool is_imap;           /* the server we are in */
    char *fields[FIELDS];   /* what it says; null for nothing */
    bool password, oauth2;  /* how it lets people in, ... */
    bool other;             /* ... and another way */
    char *name;             /* the provider's */
    struct finding finding; /* the server that was taken; host null: none */
    struct error trouble;   /* of the file; code "": none */
    struct error refused;   /* why the first server was not taken */
};

/* ---- trouble ---- */

/* The first one counts. */
static void give_up(struct autoconfig *autoconfig, bool is_bad,
                    const char *words)
{
    if (!*autoconfig->trouble.code)
        error_set(&autoconfig->trouble, ERROR_PERSON,
                  is_bad ? "bad-data" : "nothing", "%s", words);
    XML_StopParser(autoconfig->parser, XML_FALSE);
}

static void refuse(struct autoconfig *autoconfig, const char *code,
                   const char *words)
{
    if (!*autoconfig->refused.code)
        error_set(&autoconfig->refused, ERROR_PERSON, code, "%s", words);
}

/* ---- a server ---- */

static void forget_server(struct autoconfig *autoconfig)
{
    for (int i = 0; i < FIELDS; i++) {
        free(autoconfig->fields[i]);
        autoconfig->fields[i] = NULL;
    }
    autoconfig->password = autoconfig->oauth2 = autoconfig->other = false;
    autoconfig->is_imap = false;
}

/* "plain" is what it was called in old files. */
static void note_authentication(struct autoconfig *autoconfig, const char *way)
{
    if (strcasecmp(way, "password-cleartext") == 0 ||
        strcasecmp(way, "plain") == 0)
        autoconfig->password = true;
    else if (strcasecmp(way, "OAuth2") == 0)
        autoconfig->oauth2 = true;
    else
        autoconfig->other = true;
}

static long read_port(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= 5 && strspn(text, "0123456789") == length
               ? strtol(text, NULL, 10)
               : -1;
}

static void judge_server(struct autoconfig *autoconfig, enum account_tls tls)
{
    struct finding finding = {0};
    struct error err;
    char *const *fields = autoconfig->fields;
    const char *host = fields[HOSTNAME], *port = fields[PORT];

    if (finding_take(&finding, autoconfig->address, host ? host : "",
                     read_port(port ? port : ""), tls, fields[USERNAME],
                     &err) < 0) {
        refuse(autoconfig, "bad-data", err.text);
        finding_finish(&finding);
        return;
    }
    finding.password = autoconfig->password || !autoconfig->oauth2;
    finding.oauth2 = autoconfig->oauth2;
    autoconfig->finding = finding;
}

static void end_server(struct autoconfig *autoconfig)
{
    const char *type = autoconfig->fields[SOCKET_TYPE];

    if (autoconfig->finding.host || !autoconfig->is_imap)
        return;
    if (autoconfig->other && !autoconfig->password && !autoconfig->oauth2)
        refuse(autoconfig, "nothing",
               "has no way to log in that is known here");
    else if (type && strcasecmp(type, "SSL") == 0)
        judge_server(autoconfig, ACCOUNT_TLS_IMPLICIT);
    else if (type && strcasecmp(type, "STARTTLS") == 0)
        judge_server(autoconfig, ACCOUNT_TLS_STARTTLS);
    else
        refuse(autoconfig, "nothing", "offers IMAP without encryption only");
}

/* ---- what expat tells ---- */

static bool is_at(const struct autoconfig *autoconfig, const char *path)
{
    return autoconfig->path.data && strcmp(autoconfig->path.data, path) == 0;
}

/* The field whose element this is; FIELDS for none. */
static enum field current_field(const struct autoconfig *autoconfig)
{
    enum field field = HOSTNAME;

    while (field < FIELDS && !is_at(autoconfig, field_paths[field]))
        field++;
    return field;
}

static bool has_type_imap(const XML_Char **attributes)
{
    for (; attributes[0]; attributes += 2) {
        if (strcmp(attributes[0], "type") == 0)
            return strcasecmp(attributes[1], "imap") == 0;
    }
    return false;
}

static void XMLCALL start(void *context, const XML_Char *name,
                          const XML_Char **attributes)
{
    struct autoconfig *autoconfig = context;

    if (buffer_add_text(&autoconfig->path, "/") < 0 ||
        buffer_add_text(&autoconfig->path, name) < 0) {
        give_up(autoconfig, autoconfig->is_settings, "is nested too deeply");
        return;
    }
    if (is_at(autoconfig, ROOT))
        autoconfig->is_settings = true;
    if (!autoconfig->is_settings)
        give_up(autoconfig, false, "is not a file of mail settings");
    if (is_at(autoconfig, SERVER))
        autoconfig->is_imap = has_type_imap(attributes);
    autoconfig->wanted = current_field(autoconfig) < FIELDS ||
                         is_at(autoconfig, PROVIDER "/displayName");
    buffer_drop(&autoconfig->value, autoconfig->value.length);
}

static void XMLCALL text(void *context, const XML_Char *data, int length)
{
    struct autoconfig *autoconfig = context;

    if (autoconfig->wanted &&
        buffer_add(&autoconfig->value, data, (size_t)length) < 0)
        give_up(autoconfig, true, "has a value that is too long");
}

/* Without the blanks around it; free() it. */
static char *take_value(const struct autoconfig *autoconfig)
{
    static const char blanks[] = " \t\r\n";
    const char *value = autoconfig->value.length ? autoconfig->value.data : "";

    value += strspn(value, blanks);
    size_t length = strlen(value);

    while (length > 0 && strchr(blanks, value[length - 1]))
        length--;
    return xasprintf("%.*s", (int)length, value);
}

static void end_value(struct autoconfig *autoconfig)
{
    enum field field = current_field(autoconfig);
    char *value = take_value(autoconfig);

    if (field == AUTHENTICATION)
        note_authentication(autoconfig, value);
    if (field < FIELDS && !autoconfig->fields[field]) {
        autoconfig->fields[field] = value;
    } else if (field == FIELDS && !autoconfig->name && *value) {
        text_sanitise(value);
        value[text_cut(value, strlen(value), FINDING_NAME_MAX)] = '\0';
        autoconfig->name = value;
    } else {
        free(value);
    }
}

static void XMLCALL end(void *context, const XML_Char *name)
{
    struct autoconfig *autoconfig = context;

    if (*autoconfig->trouble.code) /* told once more for an empty element */
        return;
    if (autoconfig->wanted)
        end_value(autoconfig);
    if (is_at(autoconfig, SERVER)) {
        end_server(autoconfig);
        forget_server(autoconfig);
    }
    autoconfig->wanted = false;
    autoconfig->path.length -= strlen(name) + 1;
    autoconfig->path.data[autoconfig->path.length] = '\0';
}

/* Many servers answer everything with a page for people, "html". */
static void XMLCALL document_type(void *context, const XML_Char *name,
                                  const XML_Char *system_id,
                                  const XML_Char *public_id,
                                  int has_internal_subset)
{
    struct autoconfig *autoconfig = context;

    (void)system_id, (void)public_id, (void)has_internal_subset;
    if (strcasecmp(name, "html") == 0)
        give_up(autoconfig, false, "is a page for people");
    else
        give_up(autoconfig, true, "has a document type, which is refused");
}

/* ---- */

struct autoconfig *autoconfig_create(const struct mail_address *address)
{
    struct autoconfig *autoconfig = xcalloc(1, sizeof *autoconfig);

    autoconfig->address = address;
    buffer_init(&autoconfig->path, PATH_MAX_LENGTH);
    buffer_init(&autoconfig->value, VALUE_MAX);
    autoconfig->parser = XML_ParserCreate(NULL);
    if (!autoconfig->parser) {
        error_set(&autoconfig->trouble, ERROR_LATER, "nothing",
                  "could not be read: out of memory");
        return autoconfig;
    }
    XML_SetUserData(autoconfig->parser, autoconfig);
    XML_SetElementHandler(autoconfig->parser, start, end);
    XML_SetCharacterDataHandler(autoconfig->parser, text);
    XML_SetStartDoctypeDeclHandler(autoconfig->parser, document_type);
    return autoconfig;
}

static int parse(struct autoconfig *autoconfig, const char *data, size_t length,
                 bool is_last)
{
    if (*autoconfig->trouble.code)
        return -1;
    if (XML_Parse(autoconfig->parser, data, (int)length, is_last) ==
        XML_STATUS_OK)
        return 0;
    if (!*autoconfig->trouble.code)
        error_set(&autoconfig->trouble, ERROR_PERSON,
                  autoconfig->is_settings ? "bad-data" : "nothing",
                  "is not well-formed XML (line %lu: %s)",
                  (unsigned long)XML_GetCurrentLineNumber(autoconfig->parser),
                  XML_ErrorString(XML_GetErrorCode(autoconfig->parser)));
    return -1;
}

int autoconfig_take(struct autoconfig *autoconfig, const char *data,
                    size_t length)
{
    if (length > AUTOCONFIG_MAX - autoconfig->length) {
        if (!*autoconfig->trouble.code)
            error_set(&autoconfig->trouble, ERROR_PERSON,
                      autoconfig->is_settings ? "bad-data" : "nothing",
                      "is longer than %d KiB", AUTOCONFIG_MAX / 1024);
        return -1;
    }
    autoconfig->length += length;
    return parse(autoconfig, data, length, false);
}

int autoconfig_end(struct autoconfig *autoconfig, struct finding *finding,
                   struct error *err)
{
    if (parse(autoconfig, "", 0, true) < 0) {
        *err = autoconfig->trouble;
        return -1;
    }
    if (!autoconfig->finding.host) {
        if (*autoconfig->refused.code)
            *err = autoconfig->refused;
        else
            error_set(err, ERROR_PERSON, "nothing", "says nothing of IMAP");
        return -1;
    }
    *finding = autoconfig->finding;
    finding->provider = autoconfig->name;
    autoconfig->finding = (struct finding){0};
    autoconfig->name = NULL;
    return 0;
}

void autoconfig_destroy(struct autoconfig **autoconfig)
{
    if (!*autoconfig)
        return;
    forget_server(*autoconfig);
    finding_finish(&(*autoconfig)->finding);
    free((*autoconfig)->name);
    buffer_finish(&(*autoconfig)->path);
    buffer_finish(&(*autoconfig)->value);
    if ((*autoconfig)->parser)
        XML_ParserFree((*autoconfig)->parser);
    free(*autoconfig);
    *autoconfig = NULL;
}
