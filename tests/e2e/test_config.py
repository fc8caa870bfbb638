"""Configurations with mistakes, and those that only look like it."""

import json
import re

import pytest


@pytest.fixture
def good(daemon, imap, push):
    """The daemon with a configuration that is right."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    return daemon


def check(daemon, status):
    result = daemon.run("--check-config")
    assert result.returncode == status, result.stderr + result.stdout
    assert "/wpush/" not in result.stderr + result.stdout
    return result.stderr + result.stdout


def test_check_config_opens_no_connection(good, imap, push):
    check(good, 0)
    assert imap.accepted == 0 and push.connections == 0


def test_all_mistakes_are_reported(good):
    good.write("accounts.d/a.conf",
               'user = "x";\nhosst = "h";\nport = 70000;\n')
    good.write("accounts.d/b.conf",
               'host = "h";\nuser = "x";\nrefresh_interval = 4;\n')
    good.write("endpoints.d/c.conf",
               'url = "http://192.0.2.1/x";\nmethod = "GET";\n')
    text = check(good, 78)
    for place in ("a.conf:2", "a.conf:3", "b.conf:3", "c.conf:1", "c.conf:2"):
        assert re.search(re.escape(place) + r"\b", text), (place, text)
    assert re.search(r"a\.conf.*host\b", text), text  # the one that is missing
    good.start()
    assert good.wait_exit() == 78


@pytest.mark.parametrize("name, line, nearest", [
    ("imappushd.conf", 'log_levl = "info";', "log_level"),
    ("accounts.d/work.conf", 'pasword_file = "x";', "password_file"),
    ("accounts.d/work.conf", "pol_interval = 5;", "poll_interval"),
    ("endpoints.d/phone.conf", "min_intervall = 5;", "min_interval")])
def test_unknown_key_names_the_nearest(good, name, line, nearest):
    path = good.config / name
    lines = path.read_text().count("\n")
    path.write_text(path.read_text() + line + "\n")
    text = check(good, 78)
    place = f"{path.name}:{lines + 1}"
    assert re.search(re.escape(place) + ".*" + nearest, text), text


def test_key_far_from_any_other(good):
    good.write("accounts.d/work.conf",
               'host = "h";\nuser = "u";\nxyzzy = 1;\n')
    assert "xyzzy" in check(good, 78)


RANGES = [
    ("accounts.d/work.conf", "port", 0, 1, 65535, 65536),
    ("accounts.d/work.conf", "refresh_interval", 4, 5, 1740, 1741),
    ("accounts.d/work.conf", "poll_interval", 0, 1, 86400, 86401),
    ("endpoints.d/phone.conf", "min_interval", -1, 0, 86400, 86401)]


@pytest.mark.parametrize("name, key, below, low, high, above", RANGES)
def test_integer_is_out_of_its_range(good, name, key, below, low, high, above):
    path = good.config / name
    rest = [line for line in path.read_text().splitlines()
            if not line.startswith(key + " ")]

    def status(value):
        path.write_text("\n".join([f"{key} = {value};"] + rest) + "\n")
        result = good.run("--check-config")
        if result.returncode:
            assert f"{path.name}:1" in result.stdout, result.stdout
        return result.returncode

    assert [status(v) for v in (low, high)] == [0, 0]
    # 4294967297 and its like would be 1 after wrapping (libconfig does that)
    wrong = [below, above, 4294967297, 2 ** 32 + low, "4294967297L",
             2 ** 64 + low, f'"{low}"', f"{low}.5", "true"]
    assert [(v, status(v)) for v in wrong] == [(v, 78) for v in wrong]


def test_byte_order_mark_is_skipped(good, imap):
    """systemd#2883, polybar#2166: editors on other systems leave one."""
    for path in good.config.rglob("*.conf"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    check(good, 0)
    good.start()
    imap.wait_idle()


def test_lines_end_in_crlf(good, imap):
    for path in good.config.rglob("*.conf"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    check(good, 0)
    good.start()
    imap.wait_idle()


@pytest.mark.parametrize("data, what", [
    (b"\0", "NUL"), (b"\xe4", "UTF-8"), (b"\xed\xa0\x80", "UTF-8"),
    (b"\xc0\xaf", "UTF-8"), (b"\\x00", None), (b"\\xe4", None)])
def test_text_is_no_text(good, data, what):
    """libconfig cuts a string at a NUL and takes any bytes."""
    good.write("accounts.d/work.conf", b'# first line\nhost = "h";\nuser = "a'
               + data + b'b";\n')
    text = check(good, 78)
    assert "work.conf:3" in text, text
    if what:
        assert what.lower() in text.lower(), text


@pytest.mark.parametrize("text", ['host = "h"\nuser = ;\n', "host = {\n",
                                  '@include "nothing"\n', "\x01"])
def test_syntax_error_names_file_and_line(good, text):
    good.write("accounts.d/work.conf", text)
    assert re.search(r"work\.conf:\d+", check(good, 78))


def test_same_name_twice(good, imap, push):
    good.write("imappushd.conf",
               'log_level = "debug";\n'
               f'accounts = ( {{ name = "work"; host = "127.0.0.1";'
               f' user = "a"; tls = "none"; port = {imap.port}; }} );\n'
               f'endpoints = (\n  {{ name = "phone";'
               f' url = "{push.url("phone")}"; }} );\n')
    text = check(good, 78)
    for where in (r"imappushd\.conf:2", r"work\.conf",
                  r"imappushd\.conf:4", r"phone\.conf"):
        assert re.search(where, text), (where, text)


def test_accounts_and_endpoints_stand_in_the_main_file(daemon, imap, push):
    secret = daemon.password_file("work", "open sesame")
    daemon.write("imappushd.conf", accounts=[{
        "name": "work", "host": "127.0.0.1", "port": imap.port, "tls": "none",
        "user": "user1", "password_file": secret}],
        endpoints=[{"name": "phone", "url": push.url("phone")}])
    check(daemon, 0)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")


def test_file_is_given_with_an_option(daemon, imap, push):
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    elsewhere = daemon.folder / "elsewhere"
    daemon.config.rename(elsewhere)
    daemon.start("-c", elsewhere / "imappushd.conf")
    imap.wait_idle()


def test_files_of_other_kinds_are_left_alone(good):
    """Backups of editors and packages are no accounts."""
    for name in ("work.conf~", "work.conf.bak", ".work.conf.swp", "README",
                 "work.conf.dpkg-old"):
        good.write(f"accounts.d/{name}", "rubbish {{{")
    check(good, 0)


@pytest.mark.parametrize("url", [
    "http://push.example.org/x", "http://192.0.2.1/x", "http://[2001:db8::1]/x",
    "http://127.0.0.1.example.org/x", "http://localhost.example.org/x",
    "ftp://127.0.0.1/x", "file:///etc/passwd", "push.example.org/x", "",
    "https:///x", "https://user:pw@push.example.org/x",
    "https://push.example.org/a b", "https://push.example.org/\x7f"])
def test_url_is_not_one_to_push_to(good, url):
    good.write("endpoints.d/phone.conf", url=url)
    text = check(good, 78)
    assert "phone.conf:1" in text, text
    assert "user:pw" not in text


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:8/x", "http://[::1]:8/x", "http://localhost/x",
    "https://push.example.org/x", "https://push.example.org:8443/x?a=b",
    "https://[2001:db8::1]/x"])
def test_url_is_one_to_push_to(good, url):
    good.write("endpoints.d/phone.conf", url=url)
    check(good, 0)


def test_insecure_url_is_wanted(good):
    good.write("endpoints.d/phone.conf", url="http://192.0.2.1/x",
               insecure_http=True)
    check(good, 0)


def test_no_tls_to_another_machine(good):
    good.write("accounts.d/work.conf", host="192.0.2.1", user="a", tls="none")
    assert "work.conf:3" in check(good, 78)


def test_no_endpoint_is_a_warning(daemon, imap):
    daemon.account("work", imap)
    assert "endpoint" in check(daemon, 0).lower()
    daemon.start()
    imap.wait_idle()


@pytest.mark.parametrize("line", [
    "headers = [ \"X-A: b\\r\\nX-B: c\" ];", "headers = [ \"no colon\" ];",
    "headers = [ \": empty\" ];", "body = \"%x\";", "method = \"DELETE\";",
    "kind = \"pigeon\";", "headers = [ 1 ];", "accounts = [ 1 ];"])
def test_setting_of_an_endpoint_is_wrong(good, line):
    path = good.config / "endpoints.d/phone.conf"
    path.write_text(line + "\n" + path.read_text().replace("accounts", "#"))
    assert "phone.conf:1" in check(good, 78)


@pytest.mark.parametrize("line", [
    'tls = "maybe";', 'watch = "often";', "mailboxes = [ ];",
    "mailboxes = [ 1 ];", 'password_command = [ ];',
    'password_command = "";', 'enabled = "yes";', 'enabled = 1;',
    'host = "";', 'user = "";', 'user = "a\\nb";', "host = 5;"])
def test_setting_of_an_account_is_wrong(good, line):
    key = line.split(" ")[0]
    path = good.config / "accounts.d/work.conf"
    rest = [x for x in path.read_text().splitlines()
            if not x.startswith(key + " ")
            and not (key == "password_command"
                     and x.startswith("password_file"))]
    path.write_text("\n".join([line] + rest) + "\n")
    assert "work.conf:1" in check(good, 78)


def test_secret_of_an_endpoint_is_readable_by_others(good):
    """A push URL: a warning (a password would be an error)."""
    good.write("endpoints.d/phone.conf", url="https://push.example.org/x",
               mode=0o644)
    assert "phone.conf" in check(good, 0)


def test_account_is_switched_off(good, imap, push, rig):
    other = rig.imap()
    good.account("other", other, enabled=False)
    good.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    assert other.accepted == 0


def test_there_is_no_configuration_at_all(daemon):
    daemon.remove("imappushd.conf")
    result = daemon.run("--check-config")
    assert result.returncode in (0, 78)
    assert "imappushd.conf" in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [
    ["--nonsense"], ["extra"], ["-c"], ["--check-config", "extra"],
    ["--check-config=extra"], ["--reload", "--check-config"],
    ["--reload", "--json"], ["--json"]])
def test_usage_is_wrong(good, arguments):
    result = good.run(*arguments)
    assert result.returncode == 64, result.stderr
    assert result.stderr


def test_check_config_for_a_script(good):
    """The same complaints as for a person, each with its place."""
    good.write("accounts.d/other.conf", hots="imap.test")
    result = good.run("--json", "--check-config")
    found = json.loads(result.stdout)
    assert result.returncode == 78 and found["ok"] is False
    mistake = next(complaint for complaint in found["complaints"]
                   if "hots" in complaint["text"])
    assert mistake["level"] == "error" and mistake["line"] == 1
    assert mistake["file"].endswith("/accounts.d/other.conf")
    good.remove("accounts.d/other.conf")
    result = good.run("--check-config", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["ok"] is True


def test_log_level_of_the_command_line(good, imap, push):
    """It counts instead of the configuration's."""
    good.start()
    good.wait_watching("work")
    good.stop()
    good.start("-q")
    imap.wait_idle()
    good.stop()
    assert good.lines() == []
    good.start("--verbose")
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    good.wait_log("version .* goes to")


def test_version_and_help_are_results(good):
    version = good.run("--version")
    assert version.returncode == 0
    assert re.match(r"imappushd \d+\.\d+", version.stdout)
    usage = good.run("--help")
    assert usage.returncode == 0
    assert "--check-config" in usage.stdout
