// The page: subscribes the phone for its box, and says how it stands.
//
// All that it shows follows from a few facts (look()), which are looked up anew
// whenever something may have changed. It talks to nobody: what the box has to know is
// shown, for a person to carry.
"use strict";

const LOOK_AGAIN_MS = 30_000; // "5 min ago" grows old
const PATIENCE_MS = 10_000; // for a push service

const onApple = /iPhone|iPad|iPod/.test(navigator.userAgent) ||
    (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const onHomeScreen = navigator.standalone === true ||
    matchMedia("(display-mode: standalone)").matches;

const at = (id) => document.getElementById(id);

// Each state: what is said, and the sections that are shown.
const STATES = {
    noKey: { words: "This page does not know your box yet.", show: ["link"] },
    install: { words: "This page has to be on the Home Screen.", show: ["install"] },
    unsupported: {
        words: "This browser cannot receive pushes here. A private window cannot, nor " +
            "can a page without https.",
        show: [],
    },
    blocked: { words: "Notifications are off.", show: ["blocked"] },
    start: { words: "Notifications are off.", show: ["start"] },
    lost: {
        words: "This phone has lost its subscription, so your box cannot reach it any " +
            "more. Renew it, and give your box the new one.",
        show: ["renew"],
    },
    otherKey: {
        words: "This phone is subscribed for another key than your box has now. Renew " +
            "the subscription, and give your box the new one.",
        show: ["renew"],
    },
    changed: {
        words: "The subscription has changed since your box was told. Give your box " +
            "the new one.",
        show: ["hand", "more"],
    },
    pair: { words: "Almost done: your box has to know.", show: ["pair", "more"] },
    hand: { words: "Almost done: your box has to know.", show: ["hand", "more"] },
    waiting: {
        words: "Waiting for the first word from your box.",
        show: ["hand", "more"],
    },
    on: { words: "Notifications are on.", show: ["mail", "more"] },
};

let key = null; // the box's
let registration = null; // of the worker
let invitation = null; // to pair, while it counts
let asked = false; // to see the subscription again

// --- the key ---

// The key in a link, in what follows its #, or by itself; else null. 65 bytes that begin
// with 4, in base64url.
function keyIn(text) {
    const words = text.slice(text.indexOf("#") + 1).trim();
    const found = new URLSearchParams(words).get("key") ?? words;
    return /^B[A-P][\w-]{85}$/.test(found) ? found : null;
}

// The link goes first: it is how a new key comes. A Home Screen has a store of its own,
// but keeps the address; so the address has the key as long as that may be to come.
async function findKey() {
    const linked = keyIn(location.hash);
    key = BOX_KEY || linked || (await store.get("key")) || null;
    if (linked)
        await store.put("key", linked);
    if (/[#&]key=/.test(location.hash) && !linked)
        complain("The link is not whole. Copy all of it, or scan the code again.");
    if (key && !BOX_KEY && !linked && onApple && !onHomeScreen)
        history.replaceState(null, "", "#key=" + key);
}

function usePasted() {
    const pasted = keyIn(at("pasted").value);
    if (!pasted)
        return complain("This is neither a link nor a key of a box.");
    const link = at("pasted").value;
    location.hash = pairing.read(link) // and so look() follows
        ? link.slice(link.indexOf("#") + 1).trim() : "key=" + pasted;
}

// --- the invitation ---

// A Home Screen has the link in its address for ever, so one that was seen is not taken
// again. Elsewhere the secret need not stay in the address.
async function findInvitation() {
    const linked = pairing.read(location.hash);
    let known = await store.get("invitation");
    if (linked && linked.id !== known?.id)
        known = { ...linked, until: Date.now() + pairing.LASTS_MS, used: false };
    if (known && Date.now() >= known.until)
        known = { id: known.id, until: known.until };
    await store.put("invitation", known);
    if (linked && (!onApple || onHomeScreen))
        history.replaceState(null, "", "#key=" + key);
    invitation = known?.secret ? known : null;
}

// Written anew only for another subscription: a seal is never the same twice.
let written = { for: null };

async function writeMail(text) {
    const id = invitation.id + text;
    if (written.for !== id)
        written = { for: id, address: await pairing.mail(invitation, text) };
    at("send-mail").href = written.address;
}

// Its tap opens the mail, wherever the browser has that; sent or not, it can be opened
// again as long as the box waits.
async function mailOpened() {
    await store.update("invitation", (known) => known && { ...known, used: true });
    await handOver();
    await look();
}

// --- how it stands ---

let looking = Promise.resolve();

// One after another, so that what is shown is what was found last.
function look() {
    looking = looking.then(lookNow).catch((error) =>
        complain(`Something is wrong: ${error.message}`));
    return looking;
}

async function lookNow() {
    await findKey();
    await findInvitation();
    const heard = await store.get("heard");
    const subscription = await registration?.pushManager.getSubscription();
    const text = subscription ? JSON.stringify(subscription) : "";
    const state = await stateOf(subscription, text, heard);
    const { words, show } = STATES[state];
    say(at("status"), words + lastWord(state, heard));
    if (at("subscription").value !== text)
        at("copy").textContent = "Copy";
    at("subscription").value = text;
    for (const section of document.querySelectorAll("section"))
        section.hidden = !show.includes(section.id);
    if (invitation && ["pair", "waiting"].includes(state)) {
        await writeMail(text);
        at("pair").hidden = false;
    }
    const mayShow = ["on", "pair"].includes(state);
    if (mayShow && asked)
        at("hand").hidden = false;
    at("show-again").hidden = !mayShow;
    await offerMail();
    document.documentElement.dataset.state = state;
}

async function stateOf(subscription, text, heard) {
    if (!key)
        return "noKey";
    if (onApple && !onHomeScreen)
        return "install";
    if (!registration || !("PushManager" in self) || !("Notification" in self))
        return "unsupported";
    if (Notification.permission === "denied")
        return "blocked";
    const handed = await store.get("handed");
    if (!subscription)
        return handed ? "lost" : "start";
    if (![key, ""].includes(keyOf(subscription)))
        return "otherKey";
    if (invitation && !invitation.used)
        return "pair";
    if (handed && (handed !== text || await store.get("changed")))
        return "changed";
    if (heard?.by === text)
        return "on";
    return handed ? "waiting" : "hand";
}

// The key that it was made for, in base64url; "" where the browser does not tell.
function keyOf({ options }) {
    const bytes = new Uint8Array(options.applicationServerKey ?? []);
    return btoa(String.fromCharCode(...bytes))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function lastWord(state, heard) {
    if (!heard || !["on", "lost", "changed"].includes(state))
        return "";
    return ` Last word from your box: ${age(heard.time)}.`;
}

function age(time) {
    const minutes = Math.max(0, Math.floor((Date.now() - time) / 60_000));
    if (minutes < 1)
        return "just now";
    if (minutes < 60)
        return `${minutes} min ago`;
    if (minutes < 48 * 60)
        return `${Math.floor(minutes / 60)} h ago`;
    return `${Math.floor(minutes / 60 / 24)} days ago`;
}

// Where the box's owner wants a tap to lead; else, on an iPhone, to its Mail, which is
// the one app that is known to have an address.
async function offerMail() {
    const navigate = (await store.get("navigate")) || (onApple ? "message://" : "");
    if (leadsAway(navigate))
        at("open-mail").href = navigate;
    else
        at("mail").hidden = true;
}

// The web, or an app; nothing that would run or show in this page.
function leadsAway(address) {
    return /^[a-z][a-z0-9+.-]*:/i.test(address) &&
        !/^(about|blob|data|file|filesystem|javascript|vbscript|view-source):/i.test(address);
}

// Words are put where a screen reader hears them, so only when they are others.
function say(element, words) {
    if (element.textContent !== words)
        element.textContent = words;
    element.hidden = words === "";
}

function complain(words) {
    say(at("trouble"), words);
}

// --- what is tapped ---

// A new subscription, for the key of the box: permission first, while the tap counts.
async function subscribe() {
    if (await Notification.requestPermission() !== "granted")
        return;
    const { pushManager } = registration;
    await (await pushManager.getSubscription())?.unsubscribe();
    await forget();
    await sayIfSlow(
        pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}

// Chromium waits for its push service for ever, and says nothing.
async function sayIfSlow(subscribing) {
    const timer = setTimeout(() => complain("The browser is still waiting for its push " +
        "service. Some networks do not let it through, and some browsers have none."),
                             PATIENCE_MS);
    try {
        await subscribing;
    } finally {
        clearTimeout(timer);
        complain("");
    }
}

async function unsubscribe() {
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    await forget();
}

// What belongs to one subscription.
async function forget() {
    asked = false;
    await store.update("invitation", (known) => known && { ...known, used: false });
    for (const name of ["handed", "changed", "heard", "versions"])
        await store.put(name, undefined);
}

// Called once the subscription is on its way to the box.
async function handOver() {
    await store.put("handed", at("subscription").value);
    await store.put("changed", undefined);
}

async function copy() {
    await navigator.clipboard.writeText(at("subscription").value);
    at("copy").textContent = "Copied";
    await handOver();
}

async function share() {
    try {
        await navigator.share({ text: at("subscription").value });
    } catch (error) {
        if (error.name === "AbortError")
            return; // somebody thought better of it
        throw error;
    }
    await handOver();
}

// --- the beginning ---

// One at a time; what fails is said.
function whenTapped(id, action) {
    const button = at(id);
    button.addEventListener("click", async () => {
        button.disabled = true;
        complain("");
        try {
            await action();
        } catch (error) {
            complain(`That did not work: ${error.message}`);
        }
        button.disabled = false;
        await look();
    });
}

async function begin() {
    whenTapped("use", usePasted);
    whenTapped("turn-on", subscribe);
    whenTapped("turn-on-again", subscribe);
    whenTapped("turn-off", unsubscribe);
    whenTapped("copy", copy);
    whenTapped("share", share);
    whenTapped("show-again", () => (asked = true));
    at("send-mail").addEventListener("click", mailOpened);
    at("subscription").addEventListener("copy", handOver);
    at("share").hidden = !navigator.share;
    await startWorker();
    navigator.serviceWorker?.addEventListener("message", look);
    document.addEventListener("visibilitychange", look);
    addEventListener("hashchange", () => {
        complain("");
        look();
    });
    setInterval(look, LOOK_AGAIN_MS);
    await look();
}

// Without it this browser counts as one that cannot receive pushes.
async function startWorker() {
    try {
        await navigator.serviceWorker?.register("worker.js");
        registration = await navigator.serviceWorker?.ready;
    } catch (error) {
        complain(`The page's worker does not start: ${error.message}`);
    }
}

begin();
