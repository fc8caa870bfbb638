// A push service: senders on one side, who come to push URLs, on the other a browser, of
// whose maker's protocol a subclass knows (mozilla.js, google.js).
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

class PushServer extends EventEmitter {
    #dialect;
    #origin; // the beginning of each push URL
    #deliver = null; // says a message to the browser, while there is one
    #losing = false; // shall the next request get no answer?
    // channelID -> what a dialect hears of it, its path, waiting: topic -> message
    #channels = new Map();

    // server: the http.Server, listening, where push URLs lead.
    constructor(dialect, server) {
        super();
        this.#dialect = dialect;
        this.#origin = `http://127.0.0.1:${server.address().port}`;
    }

    // --- the browser's side, for a subclass ---

    // What to answer to a request of the browser's, or null where it is none.
    answer() {
        return null;
    }

    // Returns the push URL of a new channel.
    open({ channelID, key }) {
        const path = "/wpush/" + randomUUID();
        this.#channels.set(channelID, { path, channelID, key, origin: this.#origin,
                                        waiting: new Map() });
        return this.#origin + path;
    }

    close(channelID) {
        this.#channels.delete(channelID);
    }

    closeAll() {
        this.#channels.clear();
    }

    // The browser has come; deliver(message, channel) tells it what waits, and comes.
    welcome(deliver) {
        this.#deliver = deliver;
        this.emit("connected");
        for (const channel of this.#channels.values())
            for (const message of channel.waiting.values())
                deliver(message, channel);
    }

    miss() {
        this.#deliver = null;
        this.emit("gone");
    }

    // An acknowledged message is not sent again.
    acknowledge({ channelID, version, code }) {
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

    #take(request) {
        const channel = [...this.#channels.values()].find(
            ({ path }) => path === request.path);
        if (!channel)
            return 404;
        const { refused, topic, message } = this.#dialect.read(request, channel);
        if (refused)
            return refused;
        channel.waiting.set(topic, message);
        if (!this.#deliver)
            return this.#dialect.stored;
        this.#deliver(message, channel);
        return this.#dialect.delivered;
    }
}

module.exports = { PushServer };
