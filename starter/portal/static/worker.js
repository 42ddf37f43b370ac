// Between the pages and the network: what an engineer looked at stays readable without one, and what they send then waits.
// The server puts `store.js` before this; FILES, the addresses of what pages load; and ACTS, the names of forms that may
// wait.

const KEPT = "fieldcare-files";
const OFFLINE = "/offline";
const KEEPS = /^\/(work|tickets\/[^/]+)$/;
const ACT = /^\/tickets\/[^/]+\/([a-z-]+)$/;
const PATIENCE = 8000;
const MOST = 40;
const AWAY = [502, 503, 504];
const FRESH = 300000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const files = await caches.open(KEPT);
      await Promise.all(FILES.map((one) => files.add(one)));
      await files.put(OFFLINE, await fetch(OFFLINE, { credentials: "omit", cache: "reload" }));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const files = await caches.open(KEPT);
      for (const one of await files.keys()) {
        const { pathname } = new URL(one.url);
        if (pathname !== OFFLINE && !FILES.includes(pathname)) await files.delete(one);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "GET" && FILES.includes(url.pathname)) event.respondWith(file(request));
  else if (request.mode !== "navigate" || url.pathname.startsWith("/api/")) return;
  else if (request.method === "GET") event.respondWith(look(request, url));
  else if (url.pathname.startsWith("/sign-out")) event.respondWith(leave(request));
  else if (ACTS.includes((ACT.exec(url.pathname) || [])[1])) event.respondWith(send(request, url, Date.now()));
});

// Pages that somebody is about to need: they are fetched while there is a network.
self.addEventListener("message", (event) => {
  const wanted = (event.data.pages || []).filter((one) => KEEPS.test(one)).slice(0, MOST);
  event.waitUntil(
    (async () => {
      for (const path of wanted) {
        const before = await (await caches.open(PAGES)).match(path);
        if (before && Date.now() - Date.parse(before.headers.get("Date")) < FRESH) continue;
        try {
          const answer = await fetch(path, { headers: { Accept: "text/html" } });
          await see(answer, path);
          if (answer.status === 429) return; // it was too much at once: the rest comes with the next look at the list
        } catch {
          return;
        }
      }
    })(),
  );
});

async function file(request) {
  return (await (await caches.open(KEPT)).match(request)) || fetch(request);
}

async function look(request, url) {
  const path = url.pathname;
  const before = await (await caches.open(PAGES)).match(path === "/" ? "/work" : path);
  let timer;
  const answered = fetch(request);
  const slow = new Promise((_, no) => {
    if (before) timer = setTimeout(no, PATIENCE);
  });
  try {
    const answer = await Promise.race([answered, slow]);
    await see(answer, path);
    return answer;
  } catch {
    answered.catch(() => {});
    return before ? asBefore(before) : (await caches.open(KEPT)).match(OFFLINE);
  } finally {
    clearTimeout(timer);
  }
}

// A page from before says that it is one.
async function asBefore(page) {
  const text = await page.text();
  return new Response(text.replace("<html ", "<html data-kept "), { headers: page.headers });
}

// Pages are kept for one account alone: another one's are gone as soon as anybody else, or nobody, is answered.
async function see(answer, path) {
  const sentAway = answer.type === "opaqueredirect" || answer.redirected || path === "/sign-in";
  const whose = answer.headers.get("Fieldcare-Account") || "";
  if (whose ? whose !== (await about("account")) : sentAway && (path === "/sign-in" || KEEPS.test(path))) {
    await caches.delete(PAGES);
    await note("account", whose);
  }
  if (whose) await note("keeps", answer.headers.get("Fieldcare-Keeps") || "");
  if (answer.ok && !answer.redirected && KEEPS.test(path) && answer.headers.get("Fieldcare-Keeps")) {
    await (await caches.open(PAGES)).put(path, answer.clone());
  }
}

async function send(request, url, at) {
  const copy = request.clone();
  try {
    const answer = await fetch(request);
    // What stands before the server answers so when that is away; its own pages say whose they are.
    if (!AWAY.includes(answer.status) || answer.headers.has("Fieldcare-Account")) return answer;
    throw new Error("away");
  } catch {
    const account = await about("account");
    if (!account || !(await about("keeps"))) return (await caches.open(KEPT)).match(OFFLINE);
    const fields = [...(await copy.formData()).entries()].filter(([, value]) => typeof value === "string");
    await keep(account, url.pathname, fields, at);
    return Response.redirect(url.pathname.replace(/\/[a-z-]+$/, ""), 303);
  }
}

async function leave(request) {
  try {
    const answer = await fetch(request);
    if (answer.type === "opaqueredirect") await forget(await about("account"));
    return answer;
  } catch {
    return (await caches.open(KEPT)).match(OFFLINE);
  }
}
