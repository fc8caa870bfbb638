// The worker of the page without a browser: what it does where a browser cannot be
// brought to, a tap on a notification above all.
//
//   node worker_alone.js FOLDER '[{"tap": {"navigate": "https://..."}, "pages": 0}, ...]'
//
// Each event gets a line of JSON: what was asked of the browser, in order. There is no
// IndexedDB, as in a browser whose storage is broken.
"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const [folder, events] = [process.argv[2], JSON.parse(process.argv[3])];

// A browser as far as the worker looks at it.
function makeBrowser(pages, asked) {
    const handlers = {};
    const page = { focus: () => asked.push(["focus"]), postMessage: () => {} };
    const self = {
        addEventListener: (type, handler) => (handlers[type] = handler),
        clients: {
            matchAll: async () => Array(pages).fill(page),
            openWindow: async (url) => asked.push(["open", url]),
        },
        registration: {
            showNotification: async (title, { body, tag }) =>
                asked.push(["show", title, body ?? "", tag]),
            getNotifications: async () => [],
            pushManager: { getSubscription: async () => null },
        },
    };
    const context = vm.createContext({ self, setTimeout: () => {},
                                       console: { warn: () => {} } });
    const load = (name) =>
        vm.runInContext(readFileSync(path.join(folder, name), "utf8"), context);
    context.importScripts = load;
    load("worker.js");
    return handlers;
}

async function happen({ tap, push, pages = 0 }) {
    const asked = [];
    const handlers = makeBrowser(pages, asked);
    let work;
    const waitUntil = (promise) => (work = promise);
    if (tap)
        handlers.notificationclick({ waitUntil, notification: {
            data: tap, close: () => asked.push(["close"]) } });
    else
        handlers.push({ waitUntil, data: { json: () => JSON.parse(push) } });
    await work;
    console.log(JSON.stringify(asked));
}

(async () => {
    for (const event of events)
        await happen(event);
})();
