// imappushd: the key of the box. "imappushd --show-phone-page --write DIR" writes it
// here; where it is empty, the page takes it from its address.
"use strict";

const BOX_KEY = "";
