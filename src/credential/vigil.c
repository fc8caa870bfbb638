#include "credential/vigil.h"

#define SERVICE "org.freedesktop.secrets"
/* Signals come in flocks; and no provider makes us look more often. */
#define SETTLE_MS 200

static void stir(struct vigil *vigil)
{
    vigil->stirred = true;
    g_main_loop_quit(vigil->loop);
}

static void on_signal(GDBusConnection *bus, const gchar *sender,
                      const gchar *path, const gchar *interface,
                      const gchar *name, GVariant *parameters, gpointer vigil)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)name;
    (void)parameters;
    stir(vigil);
}

static void on_closed(GDBusConnection *bus, gboolean vanished, GError *error,
                      gpointer vigil)
{
    (void)bus, (void)vanished, (void)error;
    stir(vigil);
}

static gboolean on_time(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static guint subscribe(struct vigil *vigil, const char *sender,
                       const char *interface, const char *name,
                       const char *argument)
{
    return g_dbus_connection_signal_subscribe(
        vigil->bus, sender, interface, name, NULL, argument,
        G_DBUS_SIGNAL_FLAGS_NONE, on_signal, vigil, NULL);
}

void vigil_begin(struct vigil *vigil, GDBusConnection *bus)
{
    *vigil = (struct vigil){.bus = bus, .loop = g_main_loop_new(NULL, FALSE)};
    vigil->subscriptions[0] =
        subscribe(vigil, "org.freedesktop.DBus", "org.freedesktop.DBus",
                  "NameOwnerChanged", SERVICE);
    vigil->subscriptions[1] =
        subscribe(vigil, SERVICE, "org.freedesktop.Secret.Service", NULL, NULL);
    vigil->subscriptions[2] =
        subscribe(vigil, SERVICE, "org.freedesktop.DBus.Properties",
                  "PropertiesChanged", NULL);
    g_signal_connect(bus, "closed", G_CALLBACK(on_closed), vigil);
}

void vigil_end(struct vigil *vigil)
{
    for (int i = 0; i < 3; i++)
        g_dbus_connection_signal_unsubscribe(vigil->bus,
                                             vigil->subscriptions[i]);
    g_signal_handlers_disconnect_by_data(vigil->bus, vigil);
    g_main_loop_unref(vigil->loop);
    g_object_unref(vigil->bus);
}

static void run(struct vigil *vigil, int64_t wait_ms)
{
    guint timer = g_timeout_add((guint)wait_ms, on_time, vigil->loop);
    GSource *source = g_main_context_find_source_by_id(NULL, timer);

    g_source_ref(source);
    g_main_loop_run(vigil->loop);
    g_source_destroy(source);
    g_source_unref(source);
}

bool vigil_wait(struct vigil *vigil, int64_t wait_ms)
{
    if (!vigil->stirred && wait_ms > 0)
        run(vigil, wait_ms);
    bool stirred = vigil->stirred;

    if (stirred)
        g_usleep(SETTLE_MS * 1000);
    vigil->stirred = false;
    return stirred;
}
