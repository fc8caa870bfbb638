// The push service of web-push-testing, which opens and verifies what it gets, and gives
// subscriptions by HTTP; for loopback alone, whereas its own program listens everywhere.
// Prints its port, and ends when standard input does.
"use strict";

const { createServer } = require("node:http");
const { PushApiModel } = require("web-push-testing/src/PushApiModel.js");
const PushService = require("web-push-testing/src/server.js");

const model = new PushApiModel();
const service = new PushService(model, 0);
const server = createServer(service._app);

service.setRequestHandlers();
server.listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    model.notifyUrl = `http://127.0.0.1:${port}/notify/`;
    console.log(port);
});
process.stdin.on("end", () => process.exit()).resume();
