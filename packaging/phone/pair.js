// Pairing by a mail to oneself, where the box's code asks for it (imappushd --pair): its
// link has, besides the key, a secret that no mail server ever sees. The subscription is
// sealed with it, so that only this box can read it and only this phone can have
// written it.
//
// AES-128-GCM with a random IV in front; the key comes by HKDF-SHA256 from the secret and
// the id of the code, which is authenticated as well.
"use strict";

const pairing = {
    // How long the box waits.
    LASTS_MS: 600_000,
    BEGIN: "[imappushd-pair]",
    END: "[imappushd-end]",
    LINE: 64,

    // { id, secret, account, name } of a link, or null.
    read(link) {
        const words = new URLSearchParams(link.slice(link.indexOf("#") + 1).trim());
        const id = words.get("id") ?? "", secret = words.get("secret") ?? "";
        const { account, name } = Object.fromEntries(words);
        return /^[0-9a-f]{12}$/.test(id) && /^[\w-]{22}$/.test(secret)
            ? { id, secret, account: account ?? "", name: name ?? "" } : null;
    },

    // The address that opens the mail.
    async mail({ id, secret, account }, subscription) {
        const sealed = await this.seal(id, this.decode(secret), subscription);
        const lines = sealed.match(new RegExp(`.{1,${this.LINE}}`, "g"));
        const words = "Send this to yourself: your box is waiting for it.";
        const body = [words, "", this.BEGIN, ...lines, this.END, ""].join("\r\n");
        return `mailto:${encodeURIComponent(account).replace("%40", "@")}` +
            `?subject=${encodeURIComponent("imappushd " + id)}` +
            `&body=${encodeURIComponent(body)}`;
    },

    async seal(id, secret, text) {
        const bytes = (words) => new TextEncoder().encode(words);
        const root = await crypto.subtle.importKey("raw", secret, "HKDF", false,
            ["deriveKey"]);
        const key = await crypto.subtle.deriveKey({
            name: "HKDF", hash: "SHA-256", salt: new Uint8Array(),
            info: bytes("imappushd pair 1 " + id),
        }, root, { name: "AES-GCM", length: 128 }, false, ["encrypt"]);
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const sealed = await crypto.subtle.encrypt(
            { name: "AES-GCM", iv, additionalData: bytes(id) }, key, bytes(text));
        return this.encode([...iv, ...new Uint8Array(sealed)]);
    },

    // base64url
    encode(bytes) {
        return btoa(String.fromCharCode(...bytes))
            .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    },

    decode(text) {
        const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
        return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    },
};
