// Protocol Buffers as far as Google's push service needs them: messages are lists of
// [number, value], where a text or bytes are of a length, a number is a varint, and a
// BigInt has its fixed 64 bits.
"use strict";

function varint(value) {
    const bytes = [];
    for (; value > 127; value = Math.floor(value / 128))
        bytes.push(value % 128 + 128);
    return Buffer.from([...bytes, value]);
}

function field([number, value]) {
    if (typeof value === "bigint") {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value);
        return Buffer.concat([varint(number * 8 + 1), bytes]);
    }
    if (typeof value === "number")
        return Buffer.concat([varint(number * 8), varint(value)]);
    const bytes = Buffer.from(value);
    return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function encode(fields) {
    return Buffer.concat(fields.map(field));
}

// Returns { value, next }, or null where the bytes end before it does.
function readVarint(bytes, at) {
    let value = 0;
    for (let weight = 1; at < bytes.length; weight *= 128, at++) {
        value += (bytes[at] % 128) * weight;
        if (bytes[at] < 128)
            return { value, next: at + 1 };
    }
    return null;
}

// The varints and texts of a whole message, as { number: value }; of several of one
// number the last.
function decode(bytes) {
    const found = {};
    for (let at = 0; at < bytes.length;) {
        const head = readVarint(bytes, at);
        const number = Math.floor(head.value / 8);
        const kind = head.value % 8;
        at = head.next;
        if (kind === 1 || kind === 5) {
            at += kind === 1 ? 8 : 4;
            continue;
        }
        const { value, next } = readVarint(bytes, at);
        at = next + (kind === 2 ? value : 0);
        found[number] = kind === 2 ? bytes.toString("utf8", next, at) : value;
    }
    return found;
}

module.exports = { decode, encode, readVarint, varint };
