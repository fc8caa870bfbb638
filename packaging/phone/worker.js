// What the phone runs when the box has something to say, whether the page is open or
// not: it shows it, unless something newer was shown already.
//
// The box is one of those who get nothing through for long if they show nothing: each
// browser withdraws the right to push from pages that stay silent. So there is always a
// notification; where there is no news it makes no sound and goes by itself.
"use strict";

importScripts("store.js");

const QUIET_TAG = "alive";
// Firefox looks after three seconds whether anything is to be seen.
const QUIET_MS = 5000;
const TAGS_MAX = 50;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) =>
    event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(pushed(event.data)));
self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(tapped(event.notification.data?.navigate));
});
self.addEventListener("pushsubscriptionchange", (event) =>
    event.waitUntil(subscriptionChanged()));

// --- a message of the box ---

async function pushed(data) {
    const message = read(data);
    await unlessStoreIsBroken(noteThatTheBoxSpoke());
    if (await isOld(message))
        await showThatAllIsWell();
    else
        await show(message);
    await tellPages();
}

// { alive, version, tag, title, body, navigate }; what cannot be read is new mail. A sign
// of life has no words of its own for the mail that it may stand for.
function read(data) {
    let message = null;
    try {
        message = data.json();
    } catch {
        // there is none, or it is not JSON
    }
    const { alive, version, account, from, subject, notification } = Object(message);
    const { title, body, tag, navigate } = Object(alive ? null : notification);
    const mail = [from, subject].filter(isText).filter((text) => text !== title)
        .join(": ");
    return {
        alive: alive === true,
        version: Number.isSafeInteger(version) && version > 0 ? version : null,
        tag: isText(tag) ? tag : "mail",
        title: isText(title) ? title : "New mail",
        body: [body, mail, account].find(isText) ?? "",
        navigate: isText(navigate) ? navigate : "",
    };
}

function isText(value) {
    return typeof value === "string" && value !== "";
}

// So it has the subscription, however it came there.
async function noteThatTheBoxSpoke() {
    const subscription = await self.registration.pushManager.getSubscription();
    if (!subscription)
        return; // it was given up while this was under way
    const by = JSON.stringify(subscription);
    await store.put("heard", { time: Date.now(), by });
    await store.put("handed", by);
    await store.put("changed", undefined);
}

// Was this version, or a newer one, shown in the same place? If not, it is noted. A sign
// of life has the newest version of all, for a phone that missed it.
async function isOld({ alive, tag, version }) {
    let old = alive;
    if (version !== null)
        await unlessStoreIsBroken(store.update("versions", (shown = {}) => {
            const last = alive ? Math.max(0, ...Object.values(shown)) : shown[tag] ?? 0;
            old = version <= last;
            return old ? shown : newestOf({ ...shown, [tag]: version });
        }));
    return old;
}

// Tags may be as many as somebody likes to write into them.
function newestOf(shown) {
    return Object.fromEntries(Object.entries(shown)
        .sort(([, a], [, b]) => b - a).slice(0, TAGS_MAX));
}

// To show something matters more than to remember it.
async function unlessStoreIsBroken(remembering) {
    try {
        await remembering;
    } catch (error) {
        console.warn("nothing can be remembered:", error);
    }
}

// --- on the screen ---

async function show({ title, body, tag, navigate }) {
    await self.registration.showNotification(title, {
        body, tag, renotify: true, icon: "icon-192.png", data: { navigate },
    });
    await unlessStoreIsBroken(store.put("navigate", navigate));
}

async function showThatAllIsWell() {
    const time = Date.now();
    await self.registration.showNotification("Your mail is being watched", {
        tag: QUIET_TAG, silent: true, icon: "icon-192.png", data: { time },
    });
    setTimeout(() => closeQuietOnes(time), QUIET_MS);
}

// Those up to a time: one that took the place of another has its own time to stay.
async function closeQuietOnes(time) {
    const tag = QUIET_TAG;
    for (const shown of await self.registration.getNotifications({ tag }))
        if (shown.data.time <= time)
            shown.close();
}

async function tellPages() {
    for (const page of await pages())
        page.postMessage("something has changed");
}

function pages() {
    return self.clients.matchAll({ type: "window", includeUncontrolled: true });
}

// --- a tap ---

// Addresses of the web open at once. An app can be opened by a page only, and only when
// its button is tapped.
async function tapped(navigate) {
    if (/^https?:/i.test(navigate ?? ""))
        return self.clients.openWindow(navigate);
    const [page] = await pages();
    return page ? page.focus() : self.clients.openWindow("./");
}

// --- the subscription ---

async function subscriptionChanged() {
    await unlessStoreIsBroken(store.put("changed", true));
    await self.registration.showNotification("Your box cannot reach this phone", {
        body: "Tap here to renew the subscription.", tag: "renew",
        icon: "icon-192.png",
    });
    await tellPages();
}
