// What a sender may say at a push URL, and what the browser hears of it.
//
//   hello       what the handshake tells the browser
//   read        a request becomes { topic, message } or { refused: status }; a
//               message that waits is replaced by a newer one of its topic. It came
//               to the push URL of { channelID, key, origin }: the key is that of the
//               one sender who may use it, the origin begins the URL
//   version     what the browser names a message by when it acknowledges it
//   delivered   the answers to a sender: the browser is there, or is not
//   stored
"use strict";

const { createPublicKey, randomUUID, verify } = require("node:crypto");

// A browser that is told nothing of data takes versions.
const simplePush = {
    hello: {},
    delivered: 200,
    stored: 202,
    version: (message) => message.updates[0].version,

    read({ method, headers, body }, { channelID }) {
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

// A browser that is told of data takes sealed messages. What of them a push service
// may look at is looked at.
const webPush = {
    hello: { use_webpush: true },
    delivered: 201,
    stored: 201,
    version: (message) => message.version,

    read({ method, headers, body }, channel) {
        if (method !== "POST")
            return { refused: 405 };
        if (!/^[0-9]+$/.test(headers.ttl))
            return { refused: 400 };
        if (headers["content-encoding"] !== "aes128gcm")
            return { refused: 415 };
        if (body.length > 4096)
            return { refused: 413 };
        if (!headers.authorization)
            return { refused: 401 };
        if (!isGood(headers.authorization, channel))
            return { refused: 403 };
        const message = { messageType: "notification", channelID: channel.channelID,
                          version: randomUUID(), headers: { encoding: "aes128gcm" },
                          data: body.toString("base64url") };
        return { topic: headers.topic ?? message.version, message };
    },
};

// RFC 8292: does a token show that the sender has the key that the push URL was made
// for, and was it made for this service, for a day at most?
function isGood(authorization, { key, origin }) {
    const [, head, claims, signature, signer] = authorization.match(
        /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), *k=([\w-]+)$/) ?? [];
    if (!signer || !decode(signer).equals(decode(key)))
        return false;
    const { aud, exp, sub } = JSON.parse(decode(claims));
    const left = exp - Date.now() / 1000;
    return aud === origin && left > 0 && left <= 24 * 3600 &&
        /^(mailto|https):/.test(sub) &&
        isSigned(`${head}.${claims}`, decode(signature), decode(signer));
}

function isSigned(text, signature, point) {
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(
        (half) => half.toString("base64url"));
    return verify("sha256", Buffer.from(text), {
        key: createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y } }),
        dsaEncoding: "ieee-p1363",
    }, signature);
}

function decode(text) {
    return Buffer.from(text, "base64url");
}

module.exports = { simplePush, webPush };
