// What a phone's camera would read on the terminal: the text of the QR code that is
// drawn in half blocks on standard input.
"use strict";

const { readFileSync } = require("node:fs");
const jsQR = require("jsqr");

const PIXELS = 4; // each module is so many wide and high
const HALVES = { " ": [0, 0], "\u2580": [1, 0], "\u2584": [0, 1], "\u2588": [1, 1] };
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";

// Two rows of modules for each line that is drawn black on white.
function rows(text) {
    return text.split(/\r?\n/)
        .filter((line) => line.startsWith(BLACK_ON_WHITE))
        .map((line) => [...line.slice(BLACK_ON_WHITE.length).replace(/\x1b.*/, "")])
        .flatMap((line) => [0, 1].map((half) =>
            line.map((character) => HALVES[character][half])));
}

const modules = rows(readFileSync(0, "utf8"));
const width = (modules[0]?.length ?? 0) * PIXELS;
const height = modules.length * PIXELS;
const image = new Uint8ClampedArray(width * height * 4).fill(255);
for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
        if (modules[Math.floor(y / PIXELS)][Math.floor(x / PIXELS)])
            image.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
console.log(jsQR(image, width, height)?.data ?? "no code");
