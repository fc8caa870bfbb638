"""The page that lets a phone take part, in Firefox, from the link that the box shows to
the notification. Run by make check-phone. In each test an error on the page's console,
something that its policy forbids, or a request to another host is a failure as well.
test_phone_chromium.py has the same for Chromium."""

import json
import os
import subprocess

import pytest

from rig import real, servers
from rig.page import Page
from rig.terminal import on_terminal
from rig.webpush import box_key

FILES = servers.ROOT / "packaging" / "phone"
WATCH = "Your mail is being watched"


# When the push service hangs up, it is called again at once.
PREFERENCES = {"dom.push.retryBaseInterval": 100}


@pytest.fixture(scope="module")
def browser():
    return "firefox"


def start(folder, browser, certs, files=FILES, **preferences):
    return Page(folder, files, certs, browser=browser,
                preferences={**PREFERENCES, **preferences}).turn_on()


@pytest.fixture
def make_page(rig, certs, browser):
    """Makes the page in a browser of its own."""
    def make(files=FILES, **preferences):
        made = start(rig.folder / "phone", browser, certs, files, **preferences)
        rig.receivers.append(made)
        return made
    return make


@pytest.fixture(scope="module")
def phone(tmp_path_factory, browser, certs):
    made = start(tmp_path_factory.mktemp("phone") / "phone", browser, certs)
    yield made
    made.stop()


@pytest.fixture
def page(rig, phone):
    """The page on a phone that has not seen it yet."""
    rig.receivers.append(phone.move())
    return phone


@pytest.fixture
def imap(rig, certs):
    return real.server(rig, certs, "alice")


@pytest.fixture
def link(daemon):
    return "#key=" + box_key(daemon)


@pytest.fixture
def key_file(daemon):
    return daemon.state / "vapid.key"


@pytest.fixture
def subscribed(page, link):
    """The page with a subscription, which it shows; no box knows of it."""
    page.open(link)
    page.tap("turn-on")
    page.wait_state("hand")
    return page


def message(version=None, tag="mail", title="New mail", **more):
    return {"web_push": 8030, "notification": {"title": title, "tag": tag},
            "version": version, **more}


def sign(version=None):
    """Of life, as the box gives it."""
    return {"web_push": 8030, "alive": True, "notification": {
        "title": WATCH, "tag": "alive", "silent": True},
        **({"version": version} if version else {})}


def hand_over(daemon, page, **settings):
    """What the page says that one has to do with what it shows."""
    daemon.write("endpoints.d/phone.json", page.reachable(page.see().subscription))
    daemon.write("endpoints.d/phone.conf", kind="webpush", min_interval=0, **settings)


# ---- the whole way ----

def take_part(daemon, imap, page, link):
    """A phone joins a daemon that runs, and gets its first mail."""
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org",
                 log_level="debug")
    real.account(daemon, imap, "alice")
    daemon.start()
    daemon.wait_watching("alice")
    page.open(link)
    seen = page.wait_state("start")
    assert "turn-on" in seen.shown and seen.subscription == ""
    page.tap("turn-on")
    seen = page.wait_state("hand")
    assert seen.shown.index("hand") and "copy" in seen.shown
    hand_over(daemon, page, payload="account", notification={
        "title": "Mail for %a", "body": "in %m", "tag": "alice"})
    page.tap("copy")
    page.wait_state("waiting")
    daemon.reload()
    imap.deliver("alice")
    shown, = page.wait_shown(["Mail for alice"])
    assert (shown.body, shown.tag, shown.silent) == ("in INBOX", "alice", False)
    page.wait_state("on")
    page.wait_status("Last word from your box: just now.")


def test_from_the_link_to_the_mail(daemon, imap, page):
    """As the box shows it, and again when it is opened without the link."""
    daemon.write("imappushd.conf", phone_page=page.address)
    shown = daemon.run("--show-phone-page").stdout.strip()
    assert shown.startswith(page.address + "#key=")
    take_part(daemon, imap, page, shown)
    page.open()
    seen = page.wait_state("on")
    assert "hand" not in seen.shown and seen.trouble == ""
    imap.deliver("alice", count=3)
    page.wait_requests(2)
    assert [one.title for one in page.shown()] == ["Mail for alice"]


def test_copy_with_the_key_needs_no_link(daemon, imap, rig, make_page):
    folder = rig.folder / "page"
    assert daemon.run("--show-phone-page", "--write", str(folder)).returncode == 0
    take_part(daemon, imap, make_page(folder), "")


def test_camera_reads_the_code(daemon):
    """jsQR does, from what is on the terminal; with a link that is long, too."""
    for path in ("push/", "x" * 400):
        daemon.write("imappushd.conf", phone_page="https://me.example/" + path)
        status, text, _ = on_terminal(daemon, "--show-phone-page", columns=120)
        assert status == 0
        done = subprocess.run(
            ["node", str(servers.ROOT / "tests" / "phone" / "scan.js")], input=text,
            env={"PATH": os.environ["PATH"],
                 "NODE_PATH": str(servers.BUILD / "phone" / "node_modules")},
            capture_output=True, text=True, check=True)
        assert done.stdout.strip() == daemon.run("--show-phone-page").stdout.strip()


# ---- what is shown ----

def test_older_version_is_not_shown(subscribed, key_file):
    """Nor the same again. It makes no sound, and goes by itself."""
    page = subscribed
    page.send(key_file, message(100, title="First"))
    page.wait_shown(["First"])
    for count, version in enumerate((100, 99, 1), 2):
        page.send(key_file, message(version, title="Older"))
        page.wait_acks(count)
    quiet, = [one for one in page.wait_shown(["First", WATCH]) if one.title == WATCH]
    assert quiet.silent
    page.wait_shown(["First"])
    page.send(key_file, message(101, title="Newer"))
    page.wait_shown(["Newer"])


def test_versions_of_another_place_on_the_screen(subscribed, key_file):
    """A push service may deliver what it kept in any order: each tag has its own."""
    page = subscribed
    page.send(key_file, message(200, tag="work", title="Work"))
    page.send(key_file, message(199, tag="home", title="Home"))
    page.wait_shown(["Work", "Home"])


def test_worker_remembers_over_a_restart(subscribed, key_file, link):
    page = subscribed
    page.send(key_file, message(100, title="First"))
    page.wait_shown(["First"])
    subscription = page.see().subscription
    page.turn_off()
    page.turn_on()
    page.open(link)
    page.wait_state("on")
    page.send(key_file, message(99, title="Older"), subscription)
    page.wait_shown([WATCH])


@pytest.mark.parametrize("data", [
    b"\xff\x00", b"version=17", b"[1,2]", b"null", b'"text"', b"17",
    b'{"notification":7,"version":"x"}', b'{"notification":{"title":["a"],"tag":""}}'])
def test_message_that_means_nothing(subscribed, key_file, data):
    """Something came, so something is shown."""
    subscribed.send(key_file, data)
    shown, = subscribed.wait_shown(["New mail"])
    assert (shown.body, shown.tag) == ("", "mail")


def test_who_wrote_and_what_about(daemon, imap, page, link):
    """Where the box tells it, and shows it as it is."""
    page.open(link)
    page.tap("turn-on")
    page.wait_state("hand")
    hand_over(daemon, page, payload="headers")
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    real.account(daemon, imap, "alice")
    daemon.start()
    daemon.wait_watching("alice")
    imap.deliver("alice", subject="Lunch <b>?</b>")
    shown, = page.wait_shown(["Sender"])
    assert shown.body == "Lunch <b>?</b>"


def test_words_that_the_owner_chose_take_the_place_of_the_sender(subscribed, key_file):
    subscribed.send(key_file, message(**{"from": "Bob"}, subject="Lunch"))
    shown, = subscribed.wait_shown(["New mail"])
    assert shown.body == "Bob: Lunch"


# ---- signs of life ----

def test_sign_of_life(subscribed, key_file):
    """It is no mail, and nothing to keep on the screen."""
    page = subscribed
    page.send(key_file, sign())
    quiet, = page.wait_shown([WATCH])
    assert quiet.silent and quiet.tag == "alive"
    page.wait_state("on")
    page.wait_status("just now")
    page.wait_shown([])


def test_sign_of_life_after_a_push_that_was_lost(subscribed, key_file):
    """It has the newest version. Which mail that stood for nobody knows."""
    page = subscribed
    page.send(key_file, message(5, tag="work", title="Work"))
    page.wait_shown(["Work"])
    page.send(key_file, sign(5))
    page.wait_shown(["Work", WATCH])
    page.send(key_file, sign(6))
    shown = {one.title: one for one in page.wait_shown(["Work", WATCH, "New mail"])}
    assert shown["New mail"].tag == "mail" and not shown["New mail"].silent
    page.send(key_file, sign(6))
    page.wait_shown(["Work", "New mail"])


def test_box_gives_a_sign(daemon, imap, page, link):
    """The real one, of a box without mail."""
    page.open(link)
    page.tap("turn-on")
    page.wait_state("hand")
    hand_over(daemon, page, alive=300)
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    real.account(daemon, imap, "alice")
    daemon.start(IMAPPUSHD_TEST_ALIVE_SECONDS="1")
    page.wait_shown([WATCH])
    page.wait_state("on")


def test_many_signs_of_life_while_nobody_looks(make_page, link, key_file):
    """Firefox takes the right to push away from a page that shows nothing so many
    times: what is closed at once counts as nothing."""
    page = make_page(**{"dom.push.maxQuotaPerSubscription": 1})
    page.open(link)
    page.tap("turn-on")
    subscription = page.wait_state("hand").subscription
    page.leave()
    for count in (1, 2):
        page.send(key_file, sign(), subscription)
        page.wait_acks(count)
        page.settled(4)
    page.open(link)
    page.wait_state("on")


# ---- it cannot be reached any more ----

def test_subscription_is_lost(daemon, imap, page, link):
    """The page says so when it is opened, and the new one works."""
    take_part(daemon, imap, page, link)
    before = page.see().subscription
    page.unsubscribe()
    page.open()
    seen = page.wait_state("lost")
    assert "lost its subscription" in seen.status and "Last word" in seen.status
    page.tap("turn-on-again")
    seen = page.wait_state("hand")
    assert json.loads(seen.subscription)["endpoint"] != json.loads(before)["endpoint"]
    hand_over(daemon, page, notification={"title": "Again"})
    daemon.reload()
    imap.deliver("alice")
    page.wait_state("on")
    assert "Again" in [one.title for one in page.shown()]


def test_browser_changes_the_subscription(subscribed, link):
    page = subscribed
    page.tap("copy")
    before = page.wait_state("waiting").subscription
    page.unsubscribe(again=True)
    page.open(link)
    seen = page.wait_state("changed")
    assert "has changed" in seen.status and "copy" in seen.shown
    assert seen.subscription and seen.subscription != before
    page.tap("copy")
    page.wait_state("waiting")


def test_push_service_forgets_the_phone(subscribed, key_file):
    """The browser says so to the worker, and it to the person, whatever is open."""
    page = subscribed
    page.send(key_file, message(1))
    page.wait_state("on")
    page.forget()
    page.wait_shown(["New mail", "Your box cannot reach this phone"], timeout=30)
    assert "turn-on-again" in page.wait_state("lost").shown


def test_box_has_another_key(rig, subscribed, link):
    """A subscription is for one key for ever."""
    page = subscribed
    before = page.see().subscription
    other = rig.daemon("other")
    page.open("#key=" + box_key(other))
    seen = page.wait_state("otherKey")
    assert "hand" not in seen.shown
    page.tap("turn-on-again")
    assert page.wait_state("hand").subscription != before
    page.send(other.state / "vapid.key", message(1))
    page.wait_state("on")


def test_person_turns_it_off(subscribed, link):
    subscribed.tap("turn-off")
    subscribed.wait_state("start")
    subscribed.open(link)
    subscribed.wait_state("start")


# ---- the key ----

def test_link_has_more_than_the_key(page, link):
    page.open(link + "&account=you%40example.org&box=attic")
    assert page.wait_state("start").trouble == ""
    page.open("#box=attic&" + link[1:])
    assert page.wait_state("start").trouble == ""


@pytest.mark.parametrize("fragment", ["#key=", "#key=abc", "#key=%00", "#box=attic&key=<b>"])
def test_link_is_not_whole(page, fragment):
    page.open(fragment)
    seen = page.wait_state("noKey")
    assert "not whole" in seen.trouble and "use" in seen.shown


def test_link_is_pasted(page, link):
    """A Home Screen that lost what follows the #."""
    page.open()
    page.wait_state("noKey")
    page.type("pasted", "hello")
    page.tap("use")
    page.wait_seen("trouble")
    assert "neither" in page.see().trouble
    page.open()
    page.type("pasted", "  https://me.example/push/" + link + " ")
    page.tap("use")
    assert page.wait_state("start").trouble == ""
    page.open()
    page.wait_state("start")


# ---- an iPhone ----

def test_iphone_wants_the_home_screen_first(page, link):
    """In a tab it would get nowhere. The link stays in the address, which is all that
    the Home Screen gets."""
    page.open(link, apple="tab")
    seen = page.wait_state("install")
    assert "install" in seen.shown and "turn-on" not in seen.shown
    assert seen.hash == link
    page.open("", apple="tab")  # Safari itself remembers, the Home Screen would not
    assert page.wait_state("install").hash == link
    page.open(link, apple="home")
    assert "turn-on" in page.wait_state("start").shown
    manifest = json.loads((FILES / "manifest.webmanifest").read_text())
    assert "start_url" not in manifest and manifest["display"] == "standalone"


def test_iphone_pastes_before_it_installs(page, link):
    page.open("", apple="tab")
    page.wait_state("noKey")
    page.type("pasted", link[len("#key="):])
    page.tap("use")
    assert page.wait_state("install").hash == link


def test_iphone_opens_its_mail(subscribed, link, key_file):
    subscribed.send(key_file, message(1))
    subscribed.wait_state("on")
    subscribed.open(link, apple="home")
    seen = subscribed.wait_state("on")
    assert seen.mail == "message://" and "open-mail" in seen.shown


# ---- where a tap leads ----

@pytest.mark.parametrize("navigate, offered", [
    ("https://mail.example/", True), ("message://", True), ("intent:#Intent;end", True),
    ("javascript:alert(1)", False), ("data:text/html,x", False), ("/relative", False),
    ("", False)])
def test_page_offers_what_the_owner_chose(subscribed, key_file, navigate, offered):
    message = {"notification": {"title": "New mail", "navigate": navigate}}
    subscribed.send(key_file, message)
    seen = subscribed.wait_state("on")
    assert ("open-mail" in seen.shown) == offered
    assert not offered or seen.mail == navigate


def alone(events):
    """What the worker asks of a browser that is not there; see the program."""
    done = subprocess.run(
        ["node", str(servers.ROOT / "tests" / "phone" / "worker_alone.js"), str(FILES),
         json.dumps(events)], capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"]})
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_tap_on_a_notification():
    """The web opens at once; an app only by a button of the page."""
    web = {"navigate": "https://mail.example/?q=1"}
    app, nothing = {"navigate": "message://"}, {"navigate": ""}
    bad = {"navigate": "javascript:alert(1)"}
    assert alone([{"tap": web}, {"tap": web, "pages": 1}, {"tap": app}, {"tap": bad},
                  {"tap": nothing}, {"tap": app, "pages": 1}]) == [
        [["close"], ["open", web["navigate"]]], [["close"], ["open", web["navigate"]]],
        [["close"], ["open", "./"]], [["close"], ["open", "./"]],
        [["close"], ["open", "./"]], [["close"], ["focus"]]]


def test_storage_is_broken():
    """What cannot be remembered is shown all the same."""
    text = json.dumps({"notification": {"title": "Hello"}, "version": 7})
    assert alone([{"push": text}, {"push": text}]) == [
        [["show", "Hello", "", "mail"]]] * 2


# ---- how it looks, and what it may not do ----

def test_small_screen_and_thick_fingers(page, link, key_file):
    def check():
        seen = page.see()
        assert not seen.tooWide and seen.small == [], seen
    page.open("", width=320, height=568)
    check()
    page.open(link, apple="tab", width=320, height=568)
    check()
    page.open(link, width=320, height=568)
    check()
    page.tap("turn-on")
    page.wait_state("hand")
    check()
    page.send(key_file, message(1))
    page.wait_state("on")
    check()
    page.tap("show-again")
    page.wait_seen("copy")
    check()


def test_policy_forbids_what_is_not_from_here(page, link):
    """As a control: that tests would notice."""
    page.open(link)
    page.violate()
    for _ in range(50):
        if len(page.complaints) >= 2:
            break
        page.settled(0.1)
    text = "\n".join(page.complaints)
    assert "script-src" in text and "img-src" in text
    assert page.see().state == "start"
    page.violations.clear()
