// Opens what is sealed and verifies what is signed, with libraries that others wrote
// (http_ece, jose). A question in JSON on each line of standard input, all of it in
// base64url:
//
//   { open: BODY, private: NUMBER, auth: BYTES }         { text: BYTES }
//   { verify: TOKEN, key: POINT, audience: "https://" }  { claims: { aud: ... } }
//
// An answer on each line of standard output, in their order; { error: WORDS } for what
// it does not accept.
"use strict";

const { createECDH } = require("node:crypto");
const readline = require("node:readline");
const ece = require("http_ece");
const { importJWK, jwtVerify } = require("jose");

const bytes = (text) => Buffer.from(text, "base64url");

function open(question) {
    const privateKey = createECDH("prime256v1");
    privateKey.setPrivateKey(bytes(question.private));
    const text = ece.decrypt(bytes(question.open), {
        version: "aes128gcm", privateKey, authSecret: question.auth });
    return { text: text.toString("base64url") };
}

async function verify({ verify: token, key, audience }) {
    const point = bytes(key);
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(
        (half) => half.toString("base64url"));
    const known = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256");
    const { payload } = await jwtVerify(token, known, { algorithms: ["ES256"], audience,
                                                        typ: "JWT" });
    return { claims: payload };
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const question = JSON.parse(line);
        let answer;
        try {
            answer = question.open ? open(question) : await verify(question);
        } catch (error) {
            answer = { error: error.message };
        }
        console.log(JSON.stringify(answer));
    }
}

main();
