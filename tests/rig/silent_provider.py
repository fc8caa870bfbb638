"""A provider of the Secret Service that is no help:

    silent          never answers
    prompting       one locked item; to unlock it asks a person, who never answers. Once the
                    file "opened" is there it is unlocked, without a word to anybody
    passwordless    the item seems to be locked and is not, as that of a keyring without a
                    password

Prints the name of each method that is called.
"""

import pathlib
import sys

from gi.repository import Gio, GLib

HOW = sys.argv[1]
ROOT = "/org/freedesktop/secrets"
ITEM = ROOT + "/collection/c/1"
NOWHERE = "/"

INTERFACES = """<node>
<interface name="org.freedesktop.Secret.Service">
  <method name="OpenSession">
    <arg type="s" direction="in"/><arg type="v" direction="in"/>
    <arg type="v" direction="out"/><arg type="o" direction="out"/></method>
  <method name="SearchItems">
    <arg type="a{ss}" direction="in"/>
    <arg type="ao" direction="out"/><arg type="ao" direction="out"/></method>
  <method name="Unlock">
    <arg type="ao" direction="in"/>
    <arg type="ao" direction="out"/><arg type="o" direction="out"/></method>
  <property name="Collections" type="ao" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Item">
  <method name="GetSecret">
    <arg type="o" direction="in"/><arg type="(oayays)" direction="out"/></method>
  <property name="Locked" type="b" access="read"/>
  <property name="Attributes" type="a{ss}" access="read"/>
  <property name="Label" type="s" access="read"/>
  <property name="Created" type="t" access="read"/>
  <property name="Modified" type="t" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Prompt">
  <method name="Prompt"><arg type="s" direction="in"/></method>
</interface>
</node>"""

unlocked = False


def is_open():
    return unlocked or pathlib.Path("opened").exists()


def answer(method, arguments):
    global unlocked
    if method == "OpenSession":
        if arguments[0] != "plain":
            return "org.freedesktop.DBus.Error.NotSupported"
        return GLib.Variant("(vo)", (GLib.Variant("s", ""), ROOT + "/session"))
    if method == "SearchItems":
        lists = ([ITEM], []) if is_open() else ([], [ITEM])
        return GLib.Variant("(aoao)", lists)
    if method == "Unlock":
        unlocked = HOW == "passwordless"
        if is_open():
            return GLib.Variant("(aoo)", (arguments[0], NOWHERE))
        return GLib.Variant("(aoo)", ([], ROOT + "/prompt"))
    if method == "GetSecret":
        return GLib.Variant("((oayays))", (
            (arguments[0], b"", b"open sesame", "text/plain"),))
    return GLib.Variant("()", ())


def on_call(bus, sender, path, interface, method, parameters, invocation):
    print(method, flush=True)
    if HOW == "silent":
        return
    result = answer(method, parameters.unpack())
    if isinstance(result, str):
        invocation.return_dbus_error(result, "no")
    else:
        invocation.return_value(result)


def on_get(bus, sender, path, interface, name):
    return {"Collections": GLib.Variant("ao", []),
            "Locked": GLib.Variant("b", not is_open()),
            "Attributes": GLib.Variant("a{ss}", {}),
            "Label": GLib.Variant("s", "one"),
            "Created": GLib.Variant("t", 1),
            "Modified": GLib.Variant("t", 1)}[name]


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    service, item, prompt = Gio.DBusNodeInfo.new_for_xml(INTERFACES).interfaces
    for path, interface in ((ROOT, service), (ITEM, item), (ROOT + "/prompt", prompt)):
        bus.register_object(path, interface, on_call, on_get, None)
    Gio.bus_own_name_on_connection(bus, "org.freedesktop.secrets",
                                   Gio.BusNameOwnerFlags.NONE, None, None)
    GLib.MainLoop().run()


main()
