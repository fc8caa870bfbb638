// A push service as Chromium knows it, which is Google's: the browser checks in and asks
// for tokens over HTTP, and hears of messages over a connection of its own (MCS). Their
// fields have the names of Chromium's google_apis/gcm/protocol/{checkin,mcs}.proto.
//
// Chromium has Google's address compiled in for senders, so a push URL is told apart from
// the one that leads here (reach()).
"use strict";

const { randomUUID } = require("node:crypto");
const tls = require("node:tls");
const { decode, encode, readVarint, varint } = require("./protobuf");
const { PushServer } = require("./push_server");

const DEVICE = { id: 4711n, token: 815n };
const PROTOCOL = 41; // the version of it, which each side says first
const TAG = { ping: 0, pong: 1, login: 2, loggedIn: 3, data: 8 };
const [DELIVERED, NOT_DELIVERED] = [100, 102]; // as Mozilla's says it

class GoogleService extends PushServer {
    #mood = "well"; // see behave()
    #urls = new Map(); // token -> the push URL here
    #underWay = new Map(); // version -> channelID, of what the browser has yet to do
    #phone = null; // the connection of the browser, while there is one
    #server;

    // server: the http.Server where push URLs lead; cert, key: of the other one.
    constructor(dialect, server, { cert, key }) {
        super(dialect, server);
        this.#server = tls.createServer({ cert, key }, (socket) =>
            new Connection(socket, this));
        this.#server.listen(0, "127.0.0.1");
    }

    // What makes a Chromium come here.
    switches(port) {
        const base = `http://127.0.0.1:${port}/gcm`;
        return [`--gcm-checkin-url=${base}/checkin`,
                `--gcm-registration-url=${base}/register`,
                `--gcm-mcs-endpoint=https://127.0.0.1:${this.#server.address().port}`];
    }

    // how: "well"; "unwell", which Chromium takes as if it could not be reached; or
    // "refusing" all who want a token.
    behave(how) {
        this.#mood = how;
    }

    // Where a push URL that the browser gave leads to here.
    reach(endpoint) {
        return this.#urls.get(endpoint.split("/").pop());
    }

    // --- over a connection of its own ---

    greet(connection) {
        this.#phone = connection;
        this.welcome((message, channel) => {
            this.#underWay.set(message.version, channel.channelID);
            connection.deliver(message, channel);
        });
    }

    // It may have made another one before it gives this one up.
    lose(connection) {
        if (connection !== this.#phone)
            return;
        this.#phone = null;
        this.#underWay.clear(); // what waits comes again
        this.miss();
    }

    // The page's worker has had the event. Over the connection the browser says no more
    // than that a message has come.
    finish(version, succeeded) {
        const channelID = this.#underWay.get(version);
        this.#underWay.delete(version);
        this.acknowledge({ channelID, version,
                           code: succeeded ? DELIVERED : NOT_DELIVERED });
    }

    close(channelID) {
        super.close(channelID);
        for (const [version, channel] of this.#underWay)
            if (channel === channelID)
                this.#underWay.delete(version);
    }

    // Has the browser done what it was told to?
    get isDone() {
        return this.#underWay.size === 0;
    }

    // --- over HTTP ---

    answer(url, body) {
        if (this.#mood === "unwell" && url.startsWith("/gcm/"))
            return { status: 503, body: "" };
        if (url === "/gcm/checkin") // stats_ok, android_id, security_token
            return { status: 200, type: "application/x-protobuffer",
                     body: encode([[1, 1], [7, DEVICE.id], [8, DEVICE.token]]) };
        if (url === "/gcm/register")
            return { status: 200, body: this.#register(new URLSearchParams(`${body}`)) };
        return null;
    }

    // A token for a subtype (which is the page's subscription) and a sender (its key).
    #register(form) {
        if (this.#mood === "refusing")
            return "Error=INVALID_PARAMETERS";
        const [subtype, sender] = [form.get("X-subtype"), form.get("sender")];
        if (form.get("delete")) {
            this.close(subtype);
            return `token=${subtype}`;
        }
        const token = "test:" + randomUUID();
        if (subtype)
            this.#urls.set(token, this.open({ channelID: subtype, key: sender }));
        return `token=${token}`;
    }
}

// One of the browser's.
class Connection {
    #socket;
    #service;
    #unread = Buffer.alloc(0);
    #greeted = false; // has it said its version?
    #heard = 0;

    constructor(socket, service) {
        this.#socket = socket;
        this.#service = service;
        socket.on("data", (bytes) => this.#read(bytes));
        socket.on("error", () => {}); // what it means, "close" says
        socket.on("close", () => service.lose(this));
    }

    #read(bytes) {
        this.#unread = Buffer.concat([this.#unread, bytes]);
        if (!this.#greeted && this.#unread.length > 0) {
            this.#greeted = true;
            this.#unread = this.#unread.subarray(1);
        }
        for (;;) {
            const size = readVarint(this.#unread, 1);
            const end = size && size.next + size.value;
            if (!size || this.#unread.length < end)
                return;
            const message = decode(this.#unread.subarray(size.next, end));
            this.#hear(this.#unread[0], message);
            this.#unread = this.#unread.subarray(end);
        }
    }

    #hear(tag, message) {
        this.#heard++;
        if (tag === TAG.login) {
            this.#socket.write(Buffer.from([PROTOCOL]));
            this.#say(TAG.loggedIn, [[1, message[1]]]); // id
            this.#service.greet(this);
        } else if (tag === TAG.ping) {
            this.#say(TAG.pong, []);
        }
    }

    deliver({ version, data }, { channelID, key }) {
        const word = (name, value) => [7, encode([[1, name], [2, value]])]; // app_data
        this.#say(TAG.data, [
            [3, key], // from
            [5, "org.chromium.linux"], // category
            word("subtype", channelID), word("content-encoding", "aes128gcm"),
            [9, version], // persistent_id
            [11, this.#heard], // last_stream_id_received
            [17, 60], // ttl
            [21, Buffer.from(data, "base64url")], // raw_data
        ]);
    }

    #say(tag, fields) {
        const message = encode(fields);
        this.#socket.write(Buffer.concat([Buffer.from([tag]), varint(message.length),
                                          message]));
    }
}

module.exports = { GoogleService };
