// A phone for the tests: a push service, a page that it serves, and a browser, which
// is subscribed there. It is told what to do by lines of JSON on standard input,
// each of which gets a line for an answer; what happens meanwhile is told by lines
// of its own. It ends, and the browser with it, when the input does.
//
//   node phone.js '{"browser": "firefox", "dialect": "simplePush", ...}'
//   > {"order": "turnOn"}        < {"answer": {"pid": 4711, "version": "..."}}
//                                < {"event": "connected"}
//   > {"order": "subscribe"}     < {"answer": {"endpoint": "http://...", ...}}
//                                < {"event": "request", "method": "PUT", ...}
//   > {"order": "loseAnswer"}    < {"answer": null}
//   > {"order": "open", "hash": "#key=..."}      a page of which more is in visit.js
//   > {"order": "tap", "id": "turn-on"}
//   > {"order": "see"}           < {"answer": {"state": "hand", ...}}
//   > {"order": "turnOff"}       < {"answer": null}
"use strict";

const { readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");
const readline = require("node:readline");
const { buffer } = require("node:stream/consumers");
const { Browser } = require("./browser");
const dialects = require("./dialects");
const { GoogleService } = require("./google");
const { MozillaService } = require("./mozilla");
const { Visit } = require("./visit");

const FILES = {
    "/": { type: "text/html", name: "page.html" },
    "/worker.js": { type: "text/javascript", name: "worker.js" },
};

function tell(line) {
    process.stdout.write(JSON.stringify(line) + "\n");
}

const TYPES = {
    ".css": "text/css", ".html": "text/html", ".js": "text/javascript",
    ".png": "image/png", ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
};

function certificate({ cert, key }) {
    return { cert: readFileSync(cert), key: readFileSync(key) };
}

// The files of a folder by https, as any host of files would serve them. Returns the
// port.
async function serveFolder({ folder, ...files }) {
    const server = https.createServer(certificate(files), ({ url }, response) => {
        const name = url.endsWith("/") ? "index.html" : path.basename(url);
        response.setHeader("Content-Type", TYPES[path.extname(name)]);
        response.end(readFileSync(path.join(folder, name)));
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return server.address().port;
}

// The page's own server, and the HTTP side of the push service.
async function serve(request, response, push) {
    const { method, url, headers } = request;
    const body = await buffer(request);
    const answer = push.answer(url, body);
    if (answer) {
        if (answer.type)
            response.setHeader("Content-Type", answer.type);
        response.statusCode = answer.status;
        return response.end(answer.body);
    }
    if (url.startsWith("/wpush/")) {
        const status = push.receive({ method, path: url, headers, body });
        if (status === null)
            return request.socket.destroy();
        response.statusCode = status;
    } else if (url === "/told") {
        tell({ event: "push", ...JSON.parse(body) });
    } else if (url in FILES) {
        const { type, name } = FILES[url];
        response.setHeader("Content-Type", type);
        return response.end(readFileSync(path.join(__dirname, name)));
    } else {
        response.statusCode = 404;
    }
    response.end();
}

function tellEvents(push) {
    push.on("connected", () => tell({ event: "connected" }));
    push.on("gone", () => tell({ event: "gone" }));
    push.on("ack", (ack) => tell({ event: "ack", ...ack }));
    push.on("request", ({ method, headers, body, status }) =>
        tell({ event: "request", method, headers, status,
               body: body.toString("latin1") }));
}

async function obey({ order, ...more }, orders) {
    try {
        tell({ answer: (await orders[order](more)) ?? null });
    } catch (error) {
        tell({ error: error.stack });
    }
}

// browser: "firefox" or "chromium"; dialect: one of dialects.js; page: { folder, cert, key }
// of a page of its own (see visit.js), which Firefox can do without; the rest is for
// Browser.
async function main({ browser: kind, dialect, page, ...settings }) {
    const server = http.createServer();
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const push = kind === "firefox"
        ? new MozillaService(dialects[dialect], server)
        : new GoogleService(dialects[dialect], server, certificate(page));
    server.on("request", (request, response) => serve(request, response, push));
    tellEvents(push);
    const browser = new Browser(kind, settings, server.address().port, push);
    const visit = new Visit(browser, page && await serveFolder(page), (complaint) =>
        tell({ event: "complaint", complaint }));
    const orders = {
        turnOn: () => browser.turnOn(),
        turnOff: () => visit.leave().then(() => browser.turnOff()),
        subscribe: ({ key }) => browser.subscribe(key),
        loseAnswer: () => push.loseAnswer(),
        forget: () => push.forget(),
        behave: ({ how }) => push.behave(how),
        reach: ({ endpoint }) => push.reach(endpoint),
        move: (where) => visit.move(where),
        open: (how) => visit.open(how),
        leave: () => visit.leave(),
        tap: ({ id }) => visit.tap(id),
        type: ({ id, text }) => visit.type(id, text),
        see: () => visit.see(),
        notifications: () => visit.notifications(),
        unsubscribe: (how) => visit.unsubscribe(how),
        address: () => visit.address,
        violate: () => visit.violate(),
        picture: (how) => visit.picture(how),
    };
    for await (const line of readline.createInterface(process.stdin))
        await obey(JSON.parse(line), orders);
    await browser.turnOff();
    process.exit();
}

main(JSON.parse(process.argv[2]));
