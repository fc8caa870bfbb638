// A push service as Firefox knows it: Mozilla's protocol, over a WebSocket.
"use strict";

const { randomUUID } = require("node:crypto");
const { WebSocketServer } = require("ws");
const { PushServer } = require("./push_server");

class MozillaService extends PushServer {
    #hello; // what the handshake tells the browser besides
    #phone = null; // the browser's WebSocket, while there is one
    #forgetting = false; // shall the browser be a stranger when it comes next?

    // server: the http.Server, listening, to which the browser comes.
    constructor(dialect, server) {
        super(dialect, server);
        this.#hello = dialect.hello;
        new WebSocketServer({ server }).on("connection", (socket) => {
            socket.on("message", (text) => this.#hear(socket, JSON.parse(text)));
            socket.on("close", () => this.#hangUp(socket));
        });
    }

    // Where a push URL that the browser gave leads to: it leads here.
    reach(endpoint) {
        return endpoint;
    }

    // Loses what it knows about the browser.
    forget() {
        this.#forgetting = true;
        this.#phone?.terminate();
    }

    #hear(socket, message) {
        const { messageType, channelID } = message;
        switch (messageType) {
        case "hello":
            return this.#greet(socket, this.#remember(message.uaid));
        case "register":
            return say(socket, { messageType, channelID, status: 200,
                                 pushEndpoint: this.open(message) });
        case "unregister":
            this.close(channelID);
            return say(socket, { messageType, channelID, status: 200 });
        case "ack":
            return message.updates.forEach((update) => this.acknowledge(update));
        case undefined: // "{}", a sign of life that wants another
            return say(socket, {});
        }
    }

    // Another name tells the browser that all it has subscribed to is gone.
    #remember(uaid) {
        if (!this.#forgetting && uaid)
            return uaid;
        this.#forgetting = false;
        this.closeAll();
        return randomUUID();
    }

    #greet(socket, uaid) {
        say(socket, { messageType: "hello", status: 200, uaid, ...this.#hello });
        this.#phone = socket;
        this.welcome((message) => say(socket, message));
    }

    #hangUp(socket) {
        if (socket !== this.#phone)
            return;
        this.#phone = null;
        this.miss();
    }
}

function say(socket, message) {
    socket.send(JSON.stringify(message));
}

module.exports = { MozillaService };
