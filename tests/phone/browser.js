// A browser without a window, as a phone that can be turned off and on again.
"use strict";

const { setTimeout } = require("node:timers/promises");
const puppeteer = require("puppeteer-core");

// What differs from a Firefox that somebody uses.
const preferences = (port) => ({
    "dom.push.connection.enabled": true, // automation turns it off
    "dom.push.serverURL": `ws://127.0.0.1:${port}/`,
    "dom.push.testing.allowInsecureServerURL": true,
    "permissions.default.desktop-notification": 1, // as if it had been allowed
    "alerts.useSystemBackend": false, // there is no desktop that could show one
});

// And from a Chromium. Its sandbox needs a helper with root's rights, or rights that root
// has not; and there is nobody whom it could ask, beyond this machine.
const switches = [
    "--no-sandbox",
    "--ignore-certificate-errors", // a worker's, too, unlike acceptInsecureCerts
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE *localhost",
];

class Browser {
    #kind;
    #settings;
    #port;
    #push;
    #browser = null;
    #page = null;

    // kind: "firefox" or "chromium". settings: program, libraries (the folders of what it
    // is linked to), profile, a folder where it keeps its subscriptions while it is off,
    // and preferences, more of them, for a Firefox. port: where its page and its push
    // service are.
    constructor(kind, settings, port, push) {
        this.#kind = kind;
        this.#settings = settings;
        this.#port = port;
        this.#push = push;
    }

    // Starts it with the page open. Returns its process id and what it calls itself.
    async turnOn() {
        const { program, libraries, profile } = this.#settings;
        this.#browser = await puppeteer.launch({
            executablePath: program,
            userDataDir: profile,
            env: { ...process.env, LD_LIBRARY_PATH: libraries },
            acceptInsecureCerts: true, // those of the tests, for any name
            timeout: 60_000, // a small box takes its time
            ...this.#special(),
        });
        const child = this.#browser.process();
        child.stderr?.pipe(process.stderr, { end: false });
        this.#page = await this.#browser.newPage();
        await this.#page.goto(`http://127.0.0.1:${this.#port}/`);
        if (this.#kind !== "firefox")
            await this.#watchPushes();
        return { pid: child.pid, version: await this.#browser.version() };
    }

    #special() {
        if (this.#kind === "firefox")
            return { browser: "firefox", extraPrefsFirefox: {
                ...preferences(this.#port), ...this.#settings.preferences } };
        return { args: [...switches, ...this.#push.switches(this.#port)] };
    }

    // As a developer sees them, of all pages.
    async #watchPushes() {
        const session = await this.#page.createCDPSession();
        const service = "pushMessaging";
        session.on("BackgroundService.backgroundServiceEventReceived", (event) =>
            this.#note(event.backgroundServiceEvent));
        await session.send("BackgroundService.startObserving", { service });
        await session.send("BackgroundService.setRecording",
                           { service, shouldRecord: true });
    }

    #note({ eventName, instanceId, eventMetadata }) {
        if (eventName === "Push event completed")
            this.#push.finish(instanceId, eventMetadata.some(
                ({ key, value }) => key === "Status" && value === "Success"));
    }

    // Waits until each worker has done its work. Chromium forgets a notification for which
    // it is asked while it brings it on the screen.
    async rest() {
        while (this.#kind !== "firefox" && !this.#push.isDone)
            await setTimeout(10);
    }

    // Another page, for whoever wants one.
    newPage() {
        return this.#browser.newPage();
    }

    // Somebody has allowed a page to show notifications; to a Firefox all are (see
    // preferences). Who is not there to be asked has said no.
    async permit(url) {
        if (this.#kind !== "firefox")
            await this.#browser.defaultBrowserContext().setPermission(new URL(url).origin, {
                permission: { name: "notifications" }, state: "granted" });
    }

    // key: of the sender, where the dialect has one. Returns the subscription.
    subscribe(key) {
        return this.#page.evaluate((key) => subscribe(key), key);
    }

    async turnOff() {
        await this.#browser?.close();
        this.#browser = this.#page = null;
    }
}

module.exports = { Browser };
