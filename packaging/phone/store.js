// What page and worker remember, in IndexedDB, which both can read:
//
//   key        the box's key, as the link had it
//   invitation { id, secret, account, name, until, used }: to pair, as the link had it,
//              and whether the mail was opened; without the secret once it is over
//   handed     the subscription that the box was given, as JSON
//   changed    true: the browser says that the subscription is another one now
//   heard      { time, by }: when a push came last (ms since 1970), and by which
//              subscription
//   versions   { tag: the newest version that was shown under it }
//   navigate   where the newest notification leads
"use strict";

const store = {
    async get(name) {
        let found;
        await this.update(name, (value) => (found = value));
        return found;
    },

    put(name, value) {
        return this.update(name, () => value);
    },

    // Replaces a value by change(value), in one step even where several messages come
    // at a time; undefined stands for none.
    async update(name, change) {
        const database = await this.open();
        await new Promise((done, fail) => {
            const transaction = database.transaction("facts", "readwrite");
            const facts = transaction.objectStore("facts");
            facts.get(name).onsuccess = ({ target }) => {
                const value = change(target.result);
                if (value === undefined)
                    facts.delete(name);
                else if (value !== target.result)
                    facts.put(value, name);
            };
            transaction.oncomplete = done;
            transaction.onabort = () => fail(transaction.error);
        });
        database.close();
    },

    open() {
        return new Promise((done, fail) => {
            const request = indexedDB.open("imappushd", 1);
            request.onupgradeneeded = () =>
                request.result.createObjectStore("facts");
            request.onsuccess = () => done(request.result);
            request.onerror = () => fail(request.error);
        });
    },
};
