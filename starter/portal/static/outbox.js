// What was done without a network, on every page of somebody who works away from one: shown with its state, and sent when
// the page is opened, looked at again, or the network is back. Two pages never send at once.
(() => {
  const box = document.getElementById("outbox");
  if (!box || !("serviceWorker" in navigator) || !("locks" in navigator)) return;
  const account = box.dataset.account;
  const list = box.querySelector("ul");
  const LONGEST = 60000;
  const PAUSES = [2000, 5000, 10000, 30000];
  let timer;
  let tries = 0;

  const said = (name) => box.getAttribute(`data-${name}`) || "";
  const command = (path) => path.split("/")[3];
  const number = (path) => path.split("/")[2];

  const SHORT = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const clock = (at) => new Date(at).toLocaleString(document.documentElement.lang, SHORT);
  const isKept = document.documentElement.dataset.kept !== undefined;
  const kept = document.getElementById("kept");

  function element(name, words, more = {}) {
    const made = document.createElement(name);
    made.textContent = words;
    return Object.assign(made, more);
  }

  function line(item) {
    const row = document.createElement("li");
    row.dataset.state = item.state;
    const what = element("p", "");
    what.append(
      element("strong", said(`name-${command(item.path)}`) || command(item.path)),
      ` · `,
      element("a", number(item.path), { href: `/tickets/${number(item.path)}` }),
      ` · ${clock(item.at)} · `,
      element("span", said(item.state), { className: `tag ${{ done: "good", refused: "bad" }[item.state] || "wait"}` }),
    );
    row.append(what);
    if (item.said) row.append(element("p", item.said, { className: item.state === "refused" ? "bad" : "quiet small" }));
    if (item.state === "sign_in") row.append(element("a", said("way-in"), { href: `/sign-in?next=${location.pathname}` }));
    if (item.state === "done" || item.state === "refused") {
      const button = element("button", said("dismiss"), { type: "button", className: "button" });
      button.addEventListener("click", () => drop(item.id));
      row.append(button);
    }
    return row;
  }

  async function show() {
    const mine = await items(account);
    list.replaceChildren(...mine.map(line));
    box.hidden = mine.length === 0;
    document.getElementById("outbox-send").hidden = !mine.some((one) => OPEN.includes(one.state));
    if (isKept && navigator.onLine && mine.some((one) => !OPEN.includes(one.state) || one.state === "sign_in")) {
      kept.replaceChildren(element("a", said("again"), { href: location.pathname }));
    }
    clearTimeout(timer);
    if (mine.some((one) => OPEN.includes(one.state))) timer = setTimeout(flush, PAUSES[Math.min(tries, 3)]);
    return mine;
  }

  async function answered(item) {
    const answer = await fetch("/outbox", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Fieldcare-Outbox": "1" },
      signal: AbortSignal.timeout(LONGEST),
      body: JSON.stringify({ account, path: item.path, fields: item.fields, at: new Date(item.at).toISOString() }),
    });
    if (answer.status === 401) return { state: "sign_in", said: "" };
    if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) return { state: "waiting", said: "" };
    return answer.json();
  }

  // In the order in which it was done; what follows something of the same ticket waits for it.
  async function sendAll() {
    const held = new Set();
    for (const item of await items(account)) {
      if (!OPEN.includes(item.state) || held.has(number(item.path))) continue;
      await change(item.id, { state: "sending" });
      let result;
      try {
        result = await answered(item);
      } catch {
        tries += 1;
        await change(item.id, { state: "waiting", said: "" });
        return;
      }
      tries = result.state === "done" ? 0 : tries + 1;
      // What is done needs no words of a form any more.
      await change(item.id, { ...result, ...(result.state === "done" ? { fields: [] } : {}) });
      if (result.state === "sign_in") return;
      if (result.state === "waiting") held.add(number(item.path));
    }
  }

  // One page at a time; a page that waits for its turn asks for no further one.
  let turn = null;
  const flush = () => {
    turn ??= navigator.locks.request("fieldcare-outbox", () => {
      turn = null;
      return sendAll();
    });
    return turn;
  };

  // A page from before has forms that may not be good any more: what they say goes by the outbox.
  function fromBefore(event) {
    const form = event.target;
    const path = new URL(form.action).pathname;
    if (path.split("/").length !== 4 || !said(`name-${command(path)}`)) return;
    event.preventDefault();
    const fields = [...new FormData(form, event.submitter).entries()].filter(([, value]) => typeof value === "string");
    keep(account, path, fields, Date.now()).then(async () => {
      await show();
      box.scrollIntoView();
      await flush();
    });
  }

  // Whoever signs out loses what was not sent: they are asked, once it was tried.
  async function leaving(event) {
    const form = event.target;
    if (!new URL(form.action).pathname.startsWith("/sign-out")) return;
    event.preventDefault();
    await flush();
    const left = (await items(account)).filter((one) => one.state !== "done");
    if (left.length === 0 || window.confirm(said("lose"))) form.submit();
  }

  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", show);
  window.addEventListener("online", () => {
    tries = 0;
    return flush();
  });
  window.addEventListener("focus", flush);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  document.getElementById("outbox-send").addEventListener("click", flush);
  document.addEventListener("submit", leaving);
  if (isKept) {
    kept.textContent = kept.textContent.replace("{time}", clock(kept.dataset.at));
    kept.hidden = false;
    document.addEventListener("submit", fromBefore);
  }

  // What was done an hour ago has been seen.
  async function tidy() {
    const old = Date.now() - 3600000;
    for (const one of await items(account)) if (one.state === "done" && one.at < old) await drop(one.id);
  }

  tidy().then(show).then(flush);
  navigator.serviceWorker.register("/sw.js").then(async () => {
    const ready = await navigator.serviceWorker.ready;
    const mine = [...document.querySelectorAll("[data-keep] h3 a")].map((one) => new URL(one.href).pathname);
    // This page itself may have been loaded before there was a service worker; one that it knows it leaves alone.
    ready.active.postMessage({ pages: [location.pathname, ...mine] });
  });
})();
