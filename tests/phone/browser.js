// Firefox without a window, as a phone that can be turned off and on again.
"use strict";

const puppeteer = require("puppeteer-core");

// What differs from a Firefox that somebody uses.
const preferences = (port) => ({
    "dom.push.connection.enabled": true, // automation turns it off
    "dom.push.serverURL": `ws://127.0.0.1:${port}/`,
    "dom.push.testing.allowInsecureServerURL": true,
    "permissions.default.desktop-notification": 1, // as if it had been allowed
    "alerts.useSystemBackend": false, // there is no desktop that could show one
});

class Browser {
    #settings;
    #port;
    #firefox = null;
    #page = null;

    // settings: program, libraries (the folders of what it is linked to), profile, a
    // folder where it keeps its subscriptions while it is off, and preferences, more of
    // them. port: where its page and its push service are.
    constructor(settings, port) {
        this.#settings = settings;
        this.#port = port;
    }

    // Starts it with the page open. Returns its process id and what it calls itself.
    async turnOn() {
        const { program, libraries, profile } = this.#settings;
        this.#firefox = await puppeteer.launch({
            browser: "firefox",
            executablePath: program,
            userDataDir: profile,
            env: { ...process.env, LD_LIBRARY_PATH: libraries },
            acceptInsecureCerts: true, // those of the tests, for any name
            extraPrefsFirefox: { ...preferences(this.#port),
                                 ...this.#settings.preferences },
            timeout: 60_000, // a small box takes its time
        });
        const child = this.#firefox.process();
        child.stderr?.pipe(process.stderr, { end: false });
        this.#page = await this.#firefox.newPage();
        await this.#page.goto(`http://127.0.0.1:${this.#port}/`);
        return { pid: child.pid, version: await this.#firefox.version() };
    }

    // Another page, for whoever wants one.
    newPage() {
        return this.#firefox.newPage();
    }

    // key: of the sender, where the dialect has one. Returns the subscription.
    subscribe(key) {
        return this.#page.evaluate((key) => subscribe(key), key);
    }

    async turnOff() {
        await this.#firefox?.close();
        this.#firefox = this.#page = null;
    }
}

module.exports = { Browser };
