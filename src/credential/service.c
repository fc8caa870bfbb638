#include "credential/service.h"

#include "base/credential.h"

#include <libsecret/secret.h>
#include <stdbool.h>
#include <string.h>

#define CALL_MS 5000

/* By the name of the schema nothing is found in a locked gnome-keyring, which
 * shows another one then. */
static const SecretSchema schema = {
    "org.imappushd.Secret",
    SECRET_SCHEMA_DONT_MATCH_NAME,
    {{"service", SECRET_SCHEMA_ATTRIBUTE_STRING},
     {"account", SECRET_SCHEMA_ATTRIBUTE_STRING},
     {"kind", SECRET_SCHEMA_ATTRIBUTE_STRING},
     {NULL, SECRET_SCHEMA_ATTRIBUTE_STRING}},
    0,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL};

static GHashTable *attributes_of(const struct question *question)
{
    return secret_attributes_build(
        &schema, "service", "imappushd", "account", question->account,
        question->kind ? "kind" : NULL, question->kind, NULL);
}

/* ---- what went wrong ---- */

static int no_keyring(const char *words, struct error *err)
{
    error_set(err, ERROR_LATER, "keyring", "there is no keyring (%s)", words);
    return CREDENTIAL_NO_KEYRING;
}

static int locked(struct error *err)
{
    error_set(err, ERROR_LATER, "locked", "the keyring is locked");
    return CREDENTIAL_LOCKED;
}

/* Nobody has the service's name, and nobody could be started to have it. */
static bool is_absent(const GError *error)
{
    return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches(error, G_DBUS_ERROR,
                           G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           (error->domain == G_DBUS_ERROR &&
            error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED &&
            error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY);
}

/* Takes error. */
static int failed(GError *error, struct error *err)
{
    int status = CREDENTIAL_TROUBLE;

    if (is_absent(error))
        status = no_keyring("nothing provides the secret service", err);
    else if (g_error_matches(error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
        status = locked(err);
    else
        error_set(err, ERROR_LATER, "secret", "the keyring failed: %s",
                  error->message);
    g_error_free(error);
    return status;
}

/* ---- the bus and the service ---- */

GDBusConnection *service_bus(struct error *err)
{
    GError *error = NULL;
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);

    if (bus)
        g_dbus_connection_set_exit_on_close(bus, FALSE);
    else
        no_keyring("no D-Bus session bus", err);
    g_clear_error(&error);
    return bus;
}

/* A new one each time: the keyring may have been started anew meanwhile. */
static int service_open(SecretService **service, struct error *err)
{
    GError *error = NULL;
    GDBusConnection *bus = service_bus(err);

    *service = NULL;
    if (!bus)
        return CREDENTIAL_NO_KEYRING;
    *service = secret_service_open_sync(
        SECRET_TYPE_SERVICE, NULL, SECRET_SERVICE_OPEN_SESSION, NULL, &error);
    g_object_unref(bus);
    if (!*service)
        return failed(error, err);
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(*service), CALL_MS);
    return CREDENTIAL_DONE;
}

/* ---- locks ---- */

/* Unlocks what can be without a prompt. */
static int unlock(SecretService *service, GDBusProxy *object, struct error *err)
{
    const char *paths[] = {g_dbus_proxy_get_object_path(object), NULL};
    const char *prompt = NULL;
    GError *error = NULL;
    GVariant *answer = g_dbus_proxy_call_sync(
        G_DBUS_PROXY(service), "Unlock", g_variant_new("(^ao)", paths),
        G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, &error);

    if (!answer)
        return failed(error, err);
    g_variant_get_child(answer, 1, "&o", &prompt);
    int status = strcmp(prompt, "/") == 0 ? CREDENTIAL_DONE : locked(err);

    g_variant_unref(answer);
    return status;
}

/* One that does so would have shown what is looked for. */
static bool shows_items(SecretCollection *collection)
{
    GVariant *items =
        g_dbus_proxy_get_cached_property(G_DBUS_PROXY(collection), "Items");
    bool some = items && g_variant_n_children(items) > 0;

    if (items)
        g_variant_unref(items);
    return some;
}

/* Does a locked part of the keyring hide what is in it, and stay locked? */
static int look_for_locks(SecretService *service, struct error *err)
{
    int status = CREDENTIAL_DONE;

    if (!secret_service_load_collections_sync(service, NULL, NULL))
        return CREDENTIAL_DONE; /* one that has no such list */
    GList *collections = secret_service_get_collections(service);

    for (GList *at = collections; at && status == CREDENTIAL_DONE;
         at = at->next) {
        if (secret_collection_get_locked(at->data) && !shows_items(at->data))
            status = unlock(service, at->data, err);
    }
    g_list_free_full(collections, g_object_unref);
    return status;
}

/* ---- items ---- */

/* Unlocked ones first, then the newest: a person may have added another. */
static gint compare_items(gconstpointer a, gconstpointer b)
{
    union {
        gconstpointer in;
        SecretItem *out;
    } left = {a}, right = {b};
    bool left_locked = secret_item_get_locked(left.out);
    bool right_locked = secret_item_get_locked(right.out);
    guint64 left_time = secret_item_get_modified(left.out);
    guint64 right_time = secret_item_get_modified(right.out);

    if (left_locked != right_locked)
        return left_locked ? 1 : -1;
    return left_time == right_time ? 0 : left_time > right_time ? -1 : 1;
}

static int search(SecretService *service, const struct question *question,
                  GList **items, struct error *err)
{
    GHashTable *attributes = attributes_of(question);
    GError *error = NULL;

    *items = secret_service_search_sync(service, &schema, attributes,
                                        SECRET_SEARCH_ALL, NULL, &error);
    g_hash_table_unref(attributes);
    if (error)
        return failed(error, err);
    *items = g_list_sort(*items, compare_items);
    return *items ? CREDENTIAL_DONE : CREDENTIAL_MISSING;
}

/* What is there of it, looked for a second time where a lock could be opened:
 * DONE with at least one item, or MISSING, or LOCKED. */
static int find(SecretService *service, const struct question *question,
                GList **items, struct error *err)
{
    int status = search(service, question, items, err);

    if (status != CREDENTIAL_MISSING)
        return status;
    status = look_for_locks(service, err);
    if (status == CREDENTIAL_LOCKED)
        error_set(err, ERROR_LATER, "perhaps",
                  "the keyring is locked, and may hold it");
    if (status != CREDENTIAL_DONE)
        return status;
    status = search(service, question, items, err);
    if (status == CREDENTIAL_MISSING)
        error_set(err, ERROR_PERSON, "secret", "it is not in the keyring");
    return status;
}

static int read_item(SecretService *service, SecretItem *item,
                     struct buffer *secret, struct error *err)
{
    GError *error = NULL;
    gsize length = 0;

    if (secret_item_get_locked(item)) {
        int status = unlock(service, G_DBUS_PROXY(item), err);

        if (status != CREDENTIAL_DONE)
            return status;
    }
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(item), CALL_MS);
    if (!secret_item_load_secret_sync(item, NULL, &error))
        return failed(error, err);
    SecretValue *value = secret_item_get_secret(item);
    const char *bytes = value ? secret_value_get(value, &length) : NULL;
    int status = CREDENTIAL_DONE;

    if (!bytes || length == 0 || memchr(bytes, '\0', length) ||
        memchr(bytes, '\n', length) || length > CREDENTIAL_SECRET_MAX) {
        error_set(err, ERROR_PERSON, "secret",
                  "what the keyring holds for it cannot be a password: it is "
                  "empty, of several lines or too long");
        status = CREDENTIAL_UNSAFE;
    } else {
        buffer_add(secret, bytes, length);
    }
    if (value)
        secret_value_unref(value);
    return status;
}

int service_get(const struct question *question, struct buffer *secret,
                struct error *err)
{
    SecretService *service;
    GList *items = NULL;
    int status = service_open(&service, err);

    if (status == CREDENTIAL_DONE)
        status = find(service, question, &items, err);
    if (status == CREDENTIAL_DONE)
        status = read_item(service, items->data, secret, err);
    g_list_free_full(items, g_object_unref);
    g_clear_object(&service);
    return status;
}

/* ---- storing ---- */

static int open_default(SecretService *service, SecretCollection **collection,
                        struct error *err)
{
    GError *error = NULL;

    *collection =
        secret_collection_for_alias_sync(service, SECRET_COLLECTION_DEFAULT,
                                         SECRET_COLLECTION_NONE, NULL, &error);
    if (error)
        return failed(error, err);
    if (!*collection)
        return no_keyring("the secret service has no keyring yet; log in to "
                          "the desktop once, or make one",
                          err);
    if (!secret_collection_get_locked(*collection))
        return CREDENTIAL_DONE;
    return unlock(service, G_DBUS_PROXY(*collection), err);
}

static int create_item(SecretCollection *collection,
                       const struct question *question, struct error *err)
{
    GHashTable *attributes = attributes_of(question);
    SecretValue *value = secret_value_new(question->secret, -1, "text/plain");
    GError *error = NULL;
    char *label = g_strdup_printf(
        "%s of %s at %s (imappushd, account %s)", question->kind,
        question->user ? question->user : "?",
        question->host ? question->host : "?", question->account);
    SecretItem *item =
        secret_item_create_sync(collection, &schema, attributes, label, value,
                                SECRET_ITEM_CREATE_REPLACE, NULL, &error);

    g_clear_object(&item);
    secret_value_unref(value);
    g_hash_table_unref(attributes);
    g_free(label);
    return error ? failed(error, err) : CREDENTIAL_DONE;
}

int service_store(const struct question *question, struct error *err)
{
    SecretService *service;
    SecretCollection *collection = NULL;
    int status = service_open(&service, err);

    if (status == CREDENTIAL_DONE)
        status = open_default(service, &collection, err);
    if (status == CREDENTIAL_DONE)
        status = create_item(collection, question, err);
    g_clear_object(&collection);
    g_clear_object(&service);
    return status;
}

/* ---- erasing ---- */

static int erase_item(SecretService *service, SecretItem *item,
                      struct error *err)
{
    GError *error = NULL;
    int status = secret_item_get_locked(item)
                     ? unlock(service, G_DBUS_PROXY(item), err)
                     : CREDENTIAL_DONE;

    if (status == CREDENTIAL_DONE &&
        !secret_item_delete_sync(item, NULL, &error))
        status = failed(error, err);
    return status;
}

int service_erase(const struct question *question, struct error *err)
{
    SecretService *service;
    GList *items = NULL;
    int status = service_open(&service, err);

    if (status == CREDENTIAL_DONE)
        status = find(service, question, &items, err);
    for (GList *at = items; at && status == CREDENTIAL_DONE; at = at->next)
        status = erase_item(service, at->data, err);
    g_list_free_full(items, g_object_unref);
    g_clear_object(&service);
    return status == CREDENTIAL_MISSING ? CREDENTIAL_DONE : status;
}
