// An authorization server: oidc-provider, with one public client for programs and one that
// may ask what a token is (for Dovecot). It takes any user by name, without a password.
//
//   node issuer.js PORT [TTL_OF_ACCESS_TOKENS]
//
// Says "ready" when it listens, and ends when standard input does. NODE_PATH names the
// modules; those of this kind are not looked for there, hence the whole path.
"use strict";

const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [port, seconds] = process.argv.slice(2).map(Number);
const issuer = `http://127.0.0.1:${port}`;

const configuration = {
    clients: [
        {
            client_id: "imappushd-test",
            token_endpoint_auth_method: "none",
            application_type: "native",
            grant_types: ["authorization_code", "refresh_token",
                "urn:ietf:params:oauth:grant-type:device_code"],
            response_types: ["code"],
            redirect_uris: ["http://127.0.0.1/"],
        },
        {
            client_id: "dovecot", client_secret: "introspection",
            grant_types: [], response_types: [], redirect_uris: [],
        },
    ],
    cookies: { keys: ["test"] },
    scopes: ["openid", "offline_access", "email"],
    claims: { openid: ["sub"], email: ["email"] },
    findAccount: async (_, id) => ({
        accountId: id,
        claims: async () => ({ sub: id, email: id }),
    }),
    features: {
        devInteractions: { enabled: true },
        deviceFlow: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
    },
    rotateRefreshToken: () => true,
    pkce: { required: () => true },
    ttl: {
        AccessToken: seconds || 3600, DeviceCode: 600, RefreshToken: 86400,
        Grant: 86400, Session: 3600, Interaction: 600, AuthorizationCode: 60,
        IdToken: 60,
    },
};

(async () => {
    const file = path.join(process.env.NODE_PATH, "oidc-provider/lib/index.js");
    const { default: Provider } = await import(pathToFileURL(file));

    new Provider(issuer, configuration)
        .listen(port, "127.0.0.1", () => console.log("ready"));
})();
process.stdin.on("end", () => process.exit()).resume();
