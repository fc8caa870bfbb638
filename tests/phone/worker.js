// What a page on a phone does with a push: it shows that there is mail. It also
// tells where the page came from, so that a test sees each event that the browser
// fires, and what the browser shows then.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) =>
    event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) =>
    event.waitUntil(pushed(event.data ? event.data.text() : null)));

async function pushed(data) {
    const told = { data };
    try {
        const { title, ...options } = notification(data);
        await self.registration.showNotification(title, options);
        told.shown = (await self.registration.getNotifications())
            .map(({ title, body, tag }) => ({ title, body, tag }));
    } catch (error) {
        told.error = String(error);
    }
    await fetch("/told", { method: "POST", body: JSON.stringify(told) });
}

// A version has no words of its own; Web Push brings them along.
function notification(data) {
    const words = data === null ? {} : JSON.parse(data).notification;
    return { title: "New mail", tag: "mail", ...words };
}
