// A push service as Firefox knows it: Mozilla's protocol over a WebSocket on one
// side, push URLs on the other.
//
// It judges no version. What arrives at a push URL goes on to the browser as it
// is, at once or when the browser is back, so that what comes of it is the
// browser's doing alone.
//
// Emits "connected" and "gone" for the browser, "request" for what came to a push
// URL and how it was answered, "ack" for what the browser says became of it.
"use strict";

const { randomUUID } = require("node:crypto");
const { EventEmitter } = require("node:events");
const { WebSocketServer } = require("ws");

class PushServer extends EventEmitter {
    #dialect;
    #origin; // the beginning of each push URL
    #phone = null; // the browser's WebSocket, while there is one
    #losing = false; // shall the next request get no answer?
    #forgetting = false; // shall the browser be a stranger when it comes next?
    // channelID -> what a dialect hears of it, its path, waiting: topic -> message
    #channels = new Map();

    // server: the http.Server, listening, to which the browser comes.
    constructor(dialect, server) {
        super();
        this.#dialect = dialect;
        this.#origin = `http://127.0.0.1:${server.address().port}`;
        new WebSocketServer({ server }).on("connection", (socket) => {
            socket.on("message", (text) => this.#hear(socket, JSON.parse(text)));
            socket.on("close", () => this.#miss(socket));
        });
    }

    // --- the browser's side ---

    #hear(socket, message) {
        const { messageType, channelID } = message;
        switch (messageType) {
        case "hello":
            return this.#welcome(socket, this.#remember(message.uaid));
        case "register":
            return say(socket, { messageType, channelID, status: 200,
                                 pushEndpoint: this.#open(message) });
        case "unregister":
            this.#channels.delete(channelID);
            return say(socket, { messageType, channelID, status: 200 });
        case "ack":
            return message.updates.forEach((update) => this.#forget(update));
        case undefined: // "{}", a sign of life that wants another
            return say(socket, {});
        }
    }

    // Another name tells the browser that all it has subscribed to is gone.
    #remember(uaid) {
        if (!this.#forgetting && uaid)
            return uaid;
        this.#forgetting = false;
        this.#channels.clear();
        return randomUUID();
    }

    #welcome(socket, uaid) {
        say(socket, { messageType: "hello", status: 200, uaid,
                      ...this.#dialect.hello });
        this.#phone = socket;
        this.emit("connected");
        for (const { waiting } of this.#channels.values())
            for (const message of waiting.values())
                say(socket, message);
    }

    #miss(socket) {
        if (socket !== this.#phone)
            return;
        this.#phone = null;
        this.emit("gone");
    }

    #open({ channelID, key }) {
        const path = "/wpush/" + randomUUID();
        this.#channels.set(channelID, { path, channelID, key, origin: this.#origin,
                                        waiting: new Map() });
        return this.#origin + path;
    }

    // An acknowledged message is not sent again.
    #forget({ channelID, version, code }) {
        const waiting = this.#channels.get(channelID)?.waiting ?? new Map();
        for (const [topic, message] of waiting)
            if (this.#dialect.version(message) === version)
                waiting.delete(topic);
        this.emit("ack", { version, code });
    }

    // --- the sender's side ---

    // A request at a push URL: { method, path, headers, body }. Returns the
    // status to answer with, or null where the answer is to be lost.
    receive(request) {
        const status = this.#take(request);
        const lost = this.#losing;
        this.#losing = false;
        this.emit("request", { ...request, status: lost ? null : status });
        return lost ? null : status;
    }

    loseAnswer() {
        this.#losing = true;
    }

    // Loses what it knows about the browser.
    forget() {
        this.#forgetting = true;
        this.#phone?.terminate();
    }

    #take(request) {
        const channel = [...this.#channels.values()].find(
            ({ path }) => path === request.path);
        if (!channel)
            return 404;
        const { refused, topic, message } = this.#dialect.read(request, channel);
        if (refused)
            return refused;
        channel.waiting.set(topic, message);
        if (!this.#phone)
            return this.#dialect.stored;
        say(this.#phone, message);
        return this.#dialect.delivered;
    }
}

function say(socket, message) {
    socket.send(JSON.stringify(message));
}

module.exports = { PushServer };
