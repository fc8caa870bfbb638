// Somebody who visits the page below packaging/phone/ and sees and taps what is there.
//
// What the page must never do is told as a complaint, whatever the test is about: an
// error on its console, something that its own policy forbids, a request to anybody
// but its own host.
"use strict";

// In the page, before its own scripts.
function watchPolicy() {
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`against the policy: ${event.violatedDirective} ${event.blockedURI}`));
}

// A mail app, which takes what the page hands it; the page's own listeners come first.
function takeMail() {
    document.addEventListener("click", (event) => {
        const link = event.target.closest("a[href^='mailto:']");
        if (!link)
            return;
        event.preventDefault();
        window.letter = link.href;
    });
}

// An iPhone as far as the page looks at it, in a tab or on the Home Screen.
function pretendApple(onHomeScreen) {
    const { prototype } = Navigator;
    const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) " +
        "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
    Object.defineProperty(prototype, "userAgent", { get: () => agent });
    Object.defineProperty(prototype, "standalone", { get: () => onHomeScreen });
}

// What a person could see of it, and what a test has to know besides.
function describe() {
    const shown = [...document.querySelectorAll("section, button, a, p[role]")]
        .filter((element) => element.getClientRects().length > 0)
        .map(({ id }) => id);
    const text = (id) => document.getElementById(id).textContent;
    return {
        state: document.documentElement.dataset.state ?? null,
        status: text("status"), trouble: text("trouble"), shown,
        subscription: document.getElementById("subscription").value,
        mail: document.getElementById("open-mail").getAttribute("href"),
        letter: window.letter ?? null,
        hash: location.hash,
        tooWide: document.documentElement.scrollWidth > innerWidth,
        small: [...document.querySelectorAll("button, a, input")]
            .filter((element) => element.getClientRects().length > 0 &&
                    element.getBoundingClientRect().height < 44)
            .map(({ id }) => id),
    };
}

class Visit {
    #browser;
    #port;
    #url;
    #complain;
    #page = null;

    // port: where the page is; any folder of its host will do.
    constructor(browser, port, complain) {
        this.#browser = browser;
        this.#port = port;
        this.#url = `https://localhost:${port}/push/`;
        this.#complain = complain;
    }

    get address() {
        return this.#url;
    }

    // To another host of the same files, for which the browser keeps nothing yet.
    async move({ host }) {
        await this.leave();
        this.#url = `https://${host}.localhost:${this.#port}/push/`;
    }

    // hash: what follows the address; apple: "tab" or "home" for an iPhone; width in
    // pixels; permitted: may it show notifications? A page of its own each time, as when
    // an app is opened.
    async open({ hash = "", apple = null, width = 390, height = 844, permitted = true }) {
        await this.leave();
        if (permitted)
            await this.#browser.permit(this.#url);
        const page = this.#page = await this.#browser.newPage();
        page.on("console", (message) => {
            if (["error", "warn"].includes(message.type()))
                this.#complain(`console: ${message.text()}`);
        });
        page.on("pageerror", (error) => this.#complain(`error: ${error.message}`));
        page.on("request", (request) => {
            if (!request.url().startsWith(this.#url))
                this.#complain(`request to ${request.url()}`);
        });
        await page.evaluateOnNewDocument(watchPolicy);
        await page.evaluateOnNewDocument(takeMail);
        if (apple)
            await page.evaluateOnNewDocument(pretendApple, apple === "home");
        await page.setViewport({ width, height, deviceScaleFactor: 1 });
        await page.goto(this.#url + hash);
        await page.waitForFunction(() => document.documentElement.dataset.state);
    }

    async leave() {
        await this.#page?.close();
        this.#page = null;
    }

    tap(id) {
        return this.#page.click("#" + id);
    }

    type(id, text) {
        return this.#page.type("#" + id, text);
    }

    see() {
        return this.#page.evaluate(describe);
    }

    async notifications() {
        await this.#browser.rest();
        return this.#page.evaluate(async () => {
            const registration = await navigator.serviceWorker.ready;
            return (await registration.getNotifications()).map(
                ({ title, body, tag, silent, data }) =>
                    ({ title, body, tag, silent, data }));
        });
    }

    // Behind the page's back, as a browser does it. again: there is another one then.
    unsubscribe({ again }) {
        return this.#page.evaluate(async (again) => {
            const { pushManager } = await navigator.serviceWorker.ready;
            const subscription = await pushManager.getSubscription();
            const { applicationServerKey } = subscription.options;
            await subscription.unsubscribe();
            if (again)
                await pushManager.subscribe({ userVisibleOnly: true,
                                              applicationServerKey });
        }, again);
    }

    // Something that the page's policy forbids.
    violate() {
        return this.#page.evaluate(() => {
            const script = document.createElement("script");
            script.textContent = "document.documentElement.dataset.state = 'taken'";
            document.body.append(script);
            const image = new Image();
            image.src = "http://127.0.0.1:9/picture.png";
        });
    }

    async picture({ path }) {
        await this.#page.screenshot({ path });
    }
}

module.exports = { Visit };
