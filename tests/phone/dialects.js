// What a sender may say at a push URL, and what the browser hears of it.
//
//   hello       what the handshake tells the browser
//   read        a request becomes { topic, message } or { refused: status }; a
//               message that waits is replaced by a newer one of its topic
//   version     what the browser names a message by when it acknowledges it
//   delivered   the answers to a sender: the browser is there, or is not
//   stored
"use strict";

// A browser that is told nothing of data takes versions.
const simplePush = {
    hello: {},
    delivered: 200,
    stored: 202,
    version: (message) => message.updates[0].version,

    read({ method, headers, body }, channelID) {
        if (method !== "PUT")
            return { refused: 405 };
        if (headers["content-type"] !== "application/x-www-form-urlencoded")
            return { refused: 415 };
        const version = new URLSearchParams(body.toString()).get("version");
        if (!/^[1-9][0-9]*$/.test(version))
            return { refused: 400 };
        const updates = [{ channelID, version: Number(version) }];
        return { topic: "", message: { messageType: "notification", updates } };
    },
};

module.exports = { simplePush };
