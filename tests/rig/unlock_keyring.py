"""Unlocks the login keyring of the gnome-keyring on the session bus with the password on
standard input, by the interface that its own tools use."""

import sys

from gi.repository import Gio, GLib

NAME = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)

    def call(interface, method, parameters):
        return bus.call_sync(NAME, ROOT, interface, method, parameters, None,
                             Gio.DBusCallFlags.NONE, 5000, None)

    _, session = call("org.freedesktop.Secret.Service", "OpenSession",
                      GLib.Variant("(sv)", ("plain", GLib.Variant("s", "")))).unpack()
    call("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
         "UnlockWithMasterPassword",
         GLib.Variant("(o(oayays))", (ROOT + "/collection/login", (
             session, b"", sys.stdin.read().encode(), "text/plain"))))


main()
