// What a browser keeps of what somebody does without a network: acts that wait, by the ids of their commands, and whose
// pages are kept. The service worker and every page use it.
"use strict";

const CHANNEL = "fieldcare-outbox";
const PAGES = "fieldcare-pages";
const WAITS = ["waiting", "sign_in"];
const OPEN = [...WAITS, "sending"];

function opened() {
  return new Promise((yes, no) => {
    const asked = indexedDB.open("fieldcare", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("items", { keyPath: "id" });
      asked.result.createObjectStore("about", { keyPath: "name" });
    };
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
}

// One transaction: `work` asks within it, and what it returns is the answer once all of it is on disk.
async function within(store, mode, work) {
  const database = await opened();
  try {
    return await new Promise((yes, no) => {
      const transaction = database.transaction(store, mode);
      const answer = work(transaction.objectStore(store));
      transaction.oncomplete = () => yes(answer && "result" in answer ? answer.result : answer);
      transaction.onerror = transaction.onabort = () => no(transaction.error);
    });
  } finally {
    database.close();
  }
}

function tell() {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("changed");
  channel.close();
}

async function about(name) {
  const found = await within("about", "readonly", (store) => store.get(name));
  return found === undefined ? "" : found.value;
}

const note = (name, value) => within("about", "readwrite", (store) => store.put({ name, value }));

// What somebody has done and what became of it, in the order in which they did it. Nobody sees another's.
async function items(account) {
  const all = await within("items", "readonly", (store) => store.getAll());
  return all.filter((one) => one.account === account).sort((one, other) => one.at - other.at || one.turn - other.turn);
}

// What becomes of it, if it is still there: whoever signed out meanwhile has nothing any more.
async function change(id, more) {
  await within("items", "readwrite", (store) => {
    const asked = store.get(id);
    asked.onsuccess = () => asked.result && store.put({ ...asked.result, ...more });
  });
  tell();
}

async function drop(id) {
  await within("items", "readwrite", (store) => store.delete(id));
  tell();
}

// A form that was filled in at `at`. Pressed twice it is one act with the newer words; one that is on its way or has had
// its answer is another act, and gets an id of its own.
async function keep(account, path, fields, at) {
  await within("items", "readwrite", (store) => {
    const given = Object.fromEntries(fields).command_id || crypto.randomUUID();
    const asked = store.get(given);
    asked.onsuccess = () => {
      const before = asked.result;
      const again = before !== undefined && WAITS.includes(before.state) && before.account === account;
      const id = before === undefined || again ? given : crypto.randomUUID();
      const said = fields.filter(([name]) => name !== "command_id" && name !== "form_key");
      const item = { id, account, path, fields: [...said, ["command_id", id]], at: again ? before.at : at };
      store.put({ ...item, turn: performance.timeOrigin + performance.now(), state: "waiting", said: "" });
    };
  });
  tell();
}

// At sign-out nothing of somebody stays.
async function forget(account) {
  await caches.delete(PAGES);
  await note("account", "");
  for (const one of await items(account)) await within("items", "readwrite", (store) => store.delete(one.id));
  tell();
}
