// The dispatch board: visits by engineer and time. What is moved goes to the server, which times it, checks it, keeps it
// in somebody's draft, and says what has changed. Without this script the page has lists and forms for the same.
const root = document.getElementById("board");
const $ = (id) => document.getElementById(id);
const words = JSON.parse(root.dataset.words);
const t = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const act = Boolean(root.dataset.act);
const ROW = 52, OVER = 5, STEP = 900, SNAP = 300, LEFT = 60;
const grid = $("b-grid"), scroll = $("b-scroll"), hours = $("b-hours"), live = $("b-live"), card = $("b-card");

let D = null; // all that the server has said
let where = new Map(); // by visit: where it is, [engineer, start, travel, assumed]
let shown = []; // places of the engineers that fit the filters
let locked = new Set(), wrongs = new Map(), wrongOf = new Map();
let from = 0, until = 0, scale = 1; // the time that is shown, in seconds, and seconds a pixel
let rows = new Map(); // rows that are there, by their place
let held = null; // what is picked up, by the pointer or by keys
let current = null, more = LEFT, sending = false;

const el = (tag, name, text) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
};
const put = (one, name, value) => one.style.setProperty(name, value);
const say = (text, bad) => {
  live.textContent = text;
  live.classList.toggle("bad", Boolean(bad));
  live.classList.toggle("hidden", !text);
};
let clock, day;
const at = (second) => new Date((D.origin + second) * 1000);
const hm = (second) => clock.format(at(second));
const x = (second) => (second - from) / scale;
const name = (place) => D.engineers[place].n || D.engineers[place].c;
const why = (visit, place) => D.unfit[D.visits[visit].q][place] || "";
const serverNow = () => D.read - D.origin + (performance.now() - D.heard) / 1000;

// -- what the server says

const take = (said) => {
  if (said.visits) {
    D = said;
    D.heard = performance.now();
    D.place = new Map(D.engineers.map((one, place) => [one.c, place]));
    D.all = new Map();
    clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: D.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    day = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: D.zone, weekday: "short", day: "numeric", month: "short" });
  } else Object.assign(D, said, { routes: undefined });
  for (const [code, stops] of Object.entries(said.routes)) D.all.set(code, stops);
  where = new Map();
  for (const [code, stops] of D.all)
    for (const [visit, start, travel, assumed] of stops) {
      if (!where.has(visit)) where.set(visit, []);
      where.get(visit).push([D.place.get(code), start, travel, assumed]);
    }
  locked = new Set(D.locked);
  wrongs = new Map();
  wrongOf = new Map();
  for (const [visit, code, text] of D.wrong) {
    if (visit >= 0) wrongs.set(visit, [...(wrongs.get(visit) || []), text]);
    const place = code ? D.place.get(code) : (where.get(visit) || [[]])[0][0];
    if (place !== undefined) wrongOf.set(place, true);
  }
  facts();
};

const steps = () => (D.done === 1 ? t("one step") : t("{number} steps", { number: D.done }));
// The parts of the page that stand without this script as well.
const facts = () => {
  for (const one of document.querySelectorAll("input[name=draft]")) one.value = D.draft || "";
  for (const one of document.querySelectorAll("input[name=version]")) one.value = D.version;
  for (const one of document.querySelectorAll("[data-cost]")) {
    const key = one.dataset.cost, { before, now } = D.cost, unit = key === "travel" ? " min" : "";
    one.textContent = (before[key] === now[key] ? "" : before[key] + " → ") + now[key] + unit;
  }
  $("draft-steps").textContent = steps();
  const off = { undo: !D.done, redo: D.done === D.steps, discard: !D.draft, apply: D.wrongs > 0 };
  for (const [doing, is] of Object.entries(off)) {
    const button = document.querySelector(`[data-do=${doing}]`);
    if (button) button.disabled = is;
  }
  $("wrong").hidden = !D.wrongs;
  $("wrong-list").replaceChildren(
    ...D.wrong.slice(0, 50).map(([visit, code, text]) => {
      const item = el("li"), go = el("button", "plain", visit < 0 ? code : D.visits[visit].t), place = D.place.get(code);
      go.type = "button";
      go.addEventListener("click", () => (visit < 0 ? sight(shown.indexOf(place), D.all.get(code)[0][1]) : show(visit)));
      item.append(go, " " + text);
      return item;
    }),
  );
};

// -- what is shown

const span = () => {
  const zoom = $("b-zoom").value, first = Math.max(0, D.days.findIndex(([date]) => date === root.dataset.day));
  const [, begins, ends] = D.days[first] || [0, 0, 86400];
  from = begins;
  until = zoom === "3" ? (D.days[Math.min(first + 2, D.days.length - 1)] || [0, 0, ends])[2] : ends;
  if (zoom === "work") {
    const duties = D.engineers.flatMap((one) => one.d).filter(([a, b]) => a < ends && b > begins);
    if (duties.length) {
      const low = duties.reduce((least, [a]) => Math.min(least, a), ends), high = duties.reduce((most, [, b]) => Math.max(most, b), begins);
      from = Math.max(begins, begins + Math.floor((low - begins) / 3600) * 3600);
      until = Math.min(ends, begins + Math.ceil((high - begins) / 3600) * 3600);
    }
  }
  const room = scroll.clientWidth - 160, least = zoom === "3" ? 26 : 64;
  scale = 3600 / Math.max(least, room / ((until - from) / 3600));
  put(scroll, "--wide", (until - from) / scale + "px");
  hours.replaceChildren(el("span", "corner"));
  const every = 3600 / scale < 40 ? 3 : 1;
  for (let second = from, number = 0; second < until; second += 3600 * every, number++) {
    const mark = el("span", "hour", (number === 0 || hm(second) === "00:00") && zoom === "3" ? day.format(at(second)) : hm(second));
    put(mark, "left", x(second) + "px");
    hours.append(mark);
  }
};

const filter = () => {
  const text = $("b-text").value.trim().toLowerCase(), kind = $("b-kind").value, level = $("b-level").value, only = $("b-wrong").checked;
  const has = (visit) => {
    const one = D.visits[visit];
    return [one.t, one.s, one.c].some((part) => part.toLowerCase().includes(text));
  };
  const kinds = D.kinds.map(([type], place) => place).filter((place) => !kind || D.kinds[place][0] === kind);
  shown = D.engineers.map((_, place) => place).filter((place) => {
    const one = D.engineers[place];
    if (only && !wrongOf.has(place)) return false;
    if (level && one.l !== level) return false;
    if (kind && !kinds.some((each) => !D.unfit[each][place])) return false;
    return !text || (one.n + " " + one.c).toLowerCase().includes(text) || (D.all.get(one.c) || []).some(([visit]) => has(visit));
  });
  D.listed = D.left.filter((visit) => {
    const [type, , wants] = D.kinds[D.visits[visit].q];
    return (!text || has(visit)) && (!kind || type === kind) && (!level || wants === level);
  });
  const due = (visit) => (D.visits[visit].d === undefined ? Infinity : D.visits[visit].d);
  D.listed.sort((a, b) => (D.visits[a].p < D.visits[b].p ? -1 : D.visits[a].p > D.visits[b].p ? 1 : due(a) - due(b) || a - b));
  grid.setAttribute("aria-rowcount", shown.length);
  put(grid, "height", shown.length * ROW + "px");
};

const label = (visit, stop) => {
  const one = D.visits[visit], parts = [one.t, one.s, t("Priority {priority}", { priority: one.p })];
  if (stop) parts.push(name(stop[0]), t("from {start} to {end}", { start: hm(stop[1]), end: hm(stop[1] + one.u) }), t("travel {minutes} min", { minutes: Math.round(stop[2] / 60) }));
  else parts.push(t("Left out"));
  if (one.d !== undefined) parts.push(t("due {time}", { time: day.format(at(one.d)) + " " + hm(one.d) }));
  if (stop && late(visit, stop[1])) parts.push(t("late"));
  if (locked.has(visit)) parts.push(t("locked"));
  if (wrongs.has(visit)) parts.push(...wrongs.get(visit));
  return parts.join(", ");
};
const late = (visit, start) => D.visits[visit].d !== undefined && start + D.visits[visit].u > D.visits[visit].d;

const bar = (lane, kind, start, end, title) => {
  if (end <= from || start >= until) return null;
  const made = el("span", kind);
  put(made, "left", x(Math.max(start, from)) + "px");
  put(made, "width", Math.max(1, (Math.min(end, until) - Math.max(start, from)) / scale) + "px");
  if (title) made.title = title;
  lane.append(made);
  return made;
};

const block = (lane, visit, stop) => {
  const one = D.visits[visit], [, start, travel, assumed] = stop;
  if (start + one.u <= from || start >= until) return;
  if (travel) bar(lane, assumed ? "way assumed" : "way", start - travel, start, t("travel {minutes} min", { minutes: Math.round(travel / 60) }));
  if (one.d !== undefined && one.d > from && one.d < until) {
    const mark = bar(lane, late(visit, start) ? "mark late" : "mark", one.d, one.d + 1, one.t + ": " + t("due {time}", { time: hm(one.d) }));
    if (mark) put(mark, "width", "2px");
  }
  const made = el("button", "visit p" + one.p[1]);
  made.type = "button";
  put(made, "left", x(start) + "px");
  put(made, "width", Math.max(14, one.u / scale - 1) + "px");
  made.dataset.visit = visit;
  made.tabIndex = visit === current ? 0 : -1;
  made.classList.toggle("late", late(visit, start));
  made.classList.toggle("locked", locked.has(visit));
  made.classList.toggle("wrong", wrongs.has(visit));
  made.append(el("b", "", one.t.replace(/^FC-\d+-0*/, "")), el("span", "place", one.c));
  made.title = label(visit, stop);
  made.setAttribute("aria-label", made.title);
  lane.append(made);
};

const row = (index) => {
  const place = shown[index], one = D.engineers[place], made = el("div", "row");
  made.setAttribute("role", "row");
  made.setAttribute("aria-rowindex", index + 1);
  put(made, "transform", `translateY(${index * ROW}px)`);
  const head = el("div", "who-is"), lane = el("div", "lane");
  head.setAttribute("role", "rowheader");
  lane.setAttribute("role", "gridcell");
  head.append(el("b", "", name(place)), el("span", "quiet", one.c + " · " + one.l));
  let free = from;
  for (const [start, end] of one.d.slice().sort((a, b) => a[0] - b[0])) {
    bar(lane, "off", free, start, t("off duty"));
    free = Math.max(free, end);
  }
  bar(lane, "off", free, until, t("off duty"));
  for (const [start, end] of one.b) bar(lane, "off pause", start, end, t("break"));
  for (const [code, start, end, key, arrived] of D.under) {
    if (code !== one.c) continue;
    const doing = bar(lane, "doing", start, end, key + ": " + t(arrived ? "under way" : "on the way"));
    if (doing) doing.textContent = key.split(":")[0];
  }
  for (const [visit, start, travel, assumed] of D.all.get(one.c) || []) block(lane, visit, [place, start, travel, assumed]);
  made.append(head, lane);
  return mark(made, index);
};
// Who can't do what is picked up is dimmed, with the reason; who has something wrong is marked.
const mark = (row, index) => {
  const place = shown[index], one = D.engineers[place], reason = held ? why(held.visit, place) : "";
  row.classList.toggle("unfit", Boolean(reason));
  row.classList.toggle("has-wrong", wrongOf.has(place));
  row.firstChild.lastChild.textContent = reason ? t("can't: {reason}", { reason }) : one.c + " · " + one.l;
  return row;
};
const marks = () => rows.forEach(mark);

const render = (fresh) => {
  const active = document.activeElement, keep = grid.contains(active) ? active.dataset.visit : undefined;
  if (fresh) {
    for (const one of rows.values()) one.remove();
    rows.clear();
  }
  const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - OVER), last = Math.min(shown.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + OVER);
  for (const [index, one] of rows)
    if ((index < first || index >= last) && !one.contains(document.activeElement)) {
      one.remove();
      rows.delete(index);
    }
  for (let index = first; index < last; index++)
    if (!rows.has(index)) {
      const made = row(index), next = [...rows.keys()].filter((one) => one > index).sort((a, b) => a - b)[0];
      grid.insertBefore(made, next === undefined ? null : rows.get(next)); // in the order in which they are read
      rows.set(index, made);
    }
  if (keep !== undefined && !grid.contains(document.activeElement)) {
    const again = button(Number(keep));
    if (again) again.focus({ preventScroll: true });
  }
  if (!grid.querySelector(".visit[tabindex='0']")) {
    const one = grid.querySelector(".visit");
    if (one) one.tabIndex = 0;
  }
  ghost();
  line();
};

const list = () => {
  $("b-left-count").textContent = D.listed.length === D.left.length ? D.left.length : D.listed.length + " / " + D.left.length;
  const items = D.listed.slice(0, more).map((visit, number) => {
    const one = D.visits[visit], item = el("li"), made = el("button", "visit p" + one.p[1]);
    made.type = "button";
    made.dataset.visit = visit;
    made.tabIndex = number ? -1 : 0;
    made.append(el("b", "", one.p + " " + one.t), el("span", "place", one.s + " · " + one.c));
    if (one.d !== undefined) {
      const due = el("time", "due");
      due.dateTime = at(one.d).toISOString();
      due.textContent = hm(one.d);
      made.append(due);
    }
    if (D.why[visit]) made.title = D.why[visit];
    item.append(made);
    return item;
  });
  if (!items.length) items.push(el("li", "quiet", t(D.left.length ? "Nothing fits." : "No visit is left out.")));
  $("b-left-list").replaceChildren(...items);
};

const line = () => {
  const now = serverNow();
  let one = grid.querySelector(".now");
  if (!one) grid.append((one = el("div", "now")));
  one.setAttribute("role", "presentation");
  one.hidden = now < from || now > until;
  put(one, "transform", `translateX(${x(now)}px)`);
};

const draw = () => {
  filter();
  render(true);
  list();
};
// After a step: rows that it has changed are made anew, the others stay.
const redraw = (codes) => {
  const before = shown.join(), left = D.listed.join();
  filter();
  const touched = new Set(codes.map((code) => D.place.get(code)));
  const all = before !== shown.join();
  for (const [index, one] of rows)
    if (all || touched.has(shown[index])) {
      one.remove();
      rows.delete(index);
    }
  marks();
  render(false);
  if (left !== D.listed.join()) list();
};
const button = (visit) => root.querySelector(`.visit[data-visit="${visit}"]`);

// Brings a visit into sight, and the keys to it.
const show = (visit) => {
  const stop = (where.get(visit) || [])[0];
  if (stop) {
    const index = shown.indexOf(stop[0]);
    if (index < 0) return;
    sight(index, stop[1]);
  } else if (D.listed.indexOf(visit) >= more) {
    more = D.listed.indexOf(visit) + LEFT;
    list();
  }
  focus(button(visit));
};
const sight = (index, second) => {
  const top = index * ROW, left = x(second);
  if (top < scroll.scrollTop) scroll.scrollTop = top;
  else if (top + ROW * 2 > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = top + ROW * 2 - scroll.clientHeight;
  if (left < scroll.scrollLeft) scroll.scrollLeft = Math.max(0, left - 40);
  else if (left + 260 > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = left + 260 - scroll.clientWidth;
  render(false);
};
const focus = (one) => {
  if (!one) return;
  const list = one.closest("#b-grid, #b-left-list");
  for (const other of list.querySelectorAll(".visit[tabindex='0']")) other.tabIndex = -1;
  one.tabIndex = 0;
  if (list === grid) current = Number(one.dataset.visit);
  one.focus({ preventScroll: list === grid });
};

// -- picked up

const ghost = () => {
  let one = grid.querySelector(".ghost");
  if (!held || held.out || held.index === undefined || held.index < 0) return one && one.remove();
  if (!one) grid.append((one = el("div", "ghost")));
  const visit = D.visits[held.visit];
  put(one, "transform", `translate(${x(held.second)}px, ${held.index * ROW}px)`);
  put(one, "width", Math.max(14, visit.u / scale) + "px");
  one.textContent = hm(held.second) + " " + visit.t;
  one.setAttribute("role", "presentation");
  one.classList.toggle("wrong", Boolean(why(held.visit, shown[held.index])));
  one.classList.toggle("sending", sending);
};

const pick = (visit, origin, pointer) => {
  const stop = origin === undefined ? undefined : (where.get(visit) || []).find(([place]) => place === origin);
  held = { visit, origin: stop ? stop[0] : undefined, pointer };
  if (stop) Object.assign(held, { index: shown.indexOf(stop[0]), second: stop[1] });
  else {
    const fit = shown.findIndex((place) => !why(visit, place) && D.engineers[place].d.some(([, end]) => end > from));
    const place = shown[Math.max(0, fit)], duty = place === undefined ? undefined : D.engineers[place].d.find(([, end]) => end > Math.max(from, serverNow()));
    held.index = Math.max(0, fit);
    held.second = Math.ceil(Math.max(duty ? duty[0] : from, serverNow(), from) / STEP) * STEP;
  }
  root.classList.add("holding");
  marks();
  ghost();
};
const drop = () => {
  held = null;
  root.classList.remove("holding");
  $("b-left").classList.remove("over");
  marks();
  ghost();
};
const giveUp = () => {
  const { visit, origin } = held;
  drop();
  say(t("{visit} stays where it was.", { visit: D.visits[visit].t }));
  focus(origin === undefined ? $("b-left-list").querySelector(`[data-visit="${visit}"]`) : button(visit));
};
const tell = () => {
  const place = shown[held.index], reason = why(held.visit, place);
  say(t("{engineer}, {time}", { engineer: name(place), time: hm(held.second) }) + (reason ? ", " + t("can't: {reason}", { reason }) : ""), reason);
};
const commit = async () => {
  const { visit, origin, index, second, out } = held;
  const engineer = D.engineers[shown[index]];
  if (out) {
    drop();
    if (origin === undefined) return;
    return step({ doing: "leave_out", visit: D.visits[visit].k }, visit);
  }
  if (!engineer) return giveUp();
  sending = true;
  ghost();
  const said = { doing: "move", visit: D.visits[visit].k, engineer: engineer.c, at: at(second).toISOString() };
  if (origin !== undefined) said.instead_of = D.engineers[origin].c;
  await step(said, visit);
};

const step = (said, visit) => ask({ step: said }, visit);
const ask = async (what, visit) => {
  performance.mark("board-asked");
  let answer, body;
  try {
    const body = { day: root.dataset.day, plan: D.plan, draft: D.draft, version: D.version, read: D.read, ...what };
    answer = await fetch("/board/change", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Fieldcare-Outbox": "board" },
      body: JSON.stringify(body),
    });
  } catch {
    answer = null;
  }
  try {
    body = answer && (await answer.json());
  } catch {
    body = null;
  }
  sending = false;
  drop();
  if (!body || !answer.ok) {
    say(body && body.said ? body.said : t("There is no connection. Nothing was changed."), true);
    if (visit !== undefined) focus(button(visit));
    return;
  }
  const codes = new Set([...Object.keys(body.routes), ...[...wrongOf.keys()].map((place) => D.engineers[place].c)]);
  take(body);
  for (const place of wrongOf.keys()) codes.add(D.engineers[place].c);
  if (body.visits) span(), draw();
  else redraw([...codes]);
  requestAnimationFrame(() => setTimeout(() => performance.measure("board-move", "board-asked")));
  if (visit === undefined) return say(steps());
  show(visit);
  const stop = (where.get(visit) || [])[0], one = D.visits[visit].t;
  const told = stop ? t("{visit} goes to {engineer} at {time}.", { visit: one, engineer: name(stop[0]), time: hm(stop[1]) }) : t("{visit} is left out.", { visit: one });
  say([told, ...(wrongs.get(visit) || [])].join(" "), wrongs.has(visit));
};

// -- keys

const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const walk = (visit, [down, right]) => {
  const [place, start] = where.get(visit)[0], index = shown.indexOf(place);
  if (right) {
    const stops = D.all.get(D.engineers[place].c), next = stops[stops.findIndex(([one]) => one === visit) + right];
    return next && show(next[0]);
  }
  for (let one = index + down; one >= 0 && one < shown.length; one += down) {
    const stops = (D.all.get(D.engineers[shown[one]].c) || []).filter(([, begins]) => begins < until && begins >= from - 86400);
    if (stops.length) return show(stops.reduce((a, b) => (Math.abs(b[1] - start) < Math.abs(a[1] - start) ? b : a))[0]);
  }
};
root.addEventListener("keydown", (event) => {
  const one = event.target.closest && event.target.closest(".visit");
  if (event.key === "Escape" && !card.hidden) return close();
  if (!one || sending || event.ctrlKey || event.metaKey || event.altKey) return;
  const visit = Number(one.dataset.visit), inGrid = grid.contains(one), arrow = KEYS[event.key];
  const done = () => (event.preventDefault(), event.stopPropagation());
  if (held && !held.pointer) {
    if (event.key === "Enter") done(), commit();
    else if (event.key === "Escape") done(), giveUp();
    else if (arrow) {
      done();
      held.index = Math.min(shown.length - 1, Math.max(0, held.index + arrow[0]));
      held.second = arrow[1] ? Math.round(held.second / STEP + arrow[1]) * STEP : held.second;
      sight(held.index, held.second);
      tell();
    } else if (event.key === "Tab") giveUp();
  } else if (event.key === "Enter") {
    done();
    if (!act) open(visit, one);
    else if (locked.has(visit)) say(label(visit, (where.get(visit) || [])[0]), true);
    else {
      pick(visit, inGrid ? rowOf(one) : undefined);
      focus(inGrid ? button(visit) : $("b-left-list").querySelector(`[data-visit="${visit}"]`));
      say(t("{visit} is picked up. Arrow keys move it, Enter drops it, Escape gives up.", { visit: D.visits[visit].t }));
    }
  } else if (arrow && inGrid) done(), walk(visit, arrow);
  else if (arrow) {
    done();
    const next = one.parentNode[arrow[0] + arrow[1] > 0 ? "nextElementSibling" : "previousElementSibling"];
    if (next) focus(next.querySelector(".visit"));
  } else if (act && event.key === "Delete" && inGrid && !locked.has(visit)) done(), step({ doing: "leave_out", visit: D.visits[visit].k }, visit);
  else if (act && event.key.toLowerCase() === "l" && inGrid) done(), step({ doing: locked.has(visit) ? "unlock" : "lock", visit: D.visits[visit].k }, visit);
});
const rowOf = (one) => {
  const found = [...rows].find(([, row]) => row.contains(one));
  return found && shown[found[0]];
};
document.addEventListener("keydown", (event) => {
  if (!act || !D || sending || !(event.ctrlKey || event.metaKey) || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase(), again = key === "y" || (key === "z" && event.shiftKey);
  if ((key === "z" && !again && D.done) || (again && D.done < D.steps)) event.preventDefault(), ask({ undo: again ? 1 : -1 });
});

// -- the pointer

let press = null, dropped = 0; // what lies under the pointer hears of a click when it has been dropped
const LONG = 350;
root.addEventListener("pointerdown", (event) => {
  const one = event.target.closest(".visit");
  if (!act || !one || event.button || sending || held) return;
  const visit = Number(one.dataset.visit), inGrid = grid.contains(one), box = one.getBoundingClientRect();
  press = { one, visit, x: event.clientX, y: event.clientY, id: event.pointerId, grab: inGrid ? event.clientX - box.left : 8, touch: event.pointerType === "touch", origin: inGrid ? rowOf(one) : undefined };
  // A finger scrolls; held still it picks up.
  if (press.touch) press.timer = setTimeout(lift, LONG);
});
const lift = () => {
  if (!press || locked.has(press.visit)) return;
  pick(press.visit, press.origin, true);
  press.lifted = true;
  tell();
  auto();
};
const follow = () => {
  const { clientX, clientY } = press.last || { clientX: press.x, clientY: press.y };
  const box = scroll.getBoundingClientRect(), left = $("b-left").getBoundingClientRect();
  held.out = clientX >= left.left && clientX <= left.right && clientY >= left.top && clientY <= left.bottom;
  $("b-left").classList.toggle("over", held.out);
  const top = grid.getBoundingClientRect(), index = Math.floor((clientY - top.top) / ROW);
  if (!held.out) {
    held.index = Math.min(shown.length - 1, Math.max(0, index));
    const lane = rows.get(held.index) && rows.get(held.index).querySelector(".lane").getBoundingClientRect();
    const zero = lane ? lane.left : top.left + 160;
    held.second = Math.round((from + (clientX - press.grab - zero) * scale) / SNAP) * SNAP;
    if (clientX < box.left || clientX > box.right || clientY < box.top - ROW || clientY > box.bottom + ROW) held.index = -1;
  }
  ghost();
};
const auto = () => {
  if (!held || !held.pointer || !press) return;
  const { clientX, clientY } = press.last || { clientX: press.x, clientY: press.y }, box = scroll.getBoundingClientRect(), edge = 36;
  const inside = clientX > box.left && clientX < box.right && clientY > box.top && clientY < box.bottom;
  if (inside) {
    const down = clientY > box.bottom - edge ? 12 : clientY < box.top + edge + 28 ? -12 : 0, right = clientX > box.right - edge ? 12 : clientX < box.left + edge ? -12 : 0;
    if (down || right) {
      scroll.scrollBy(right, down);
      follow();
    }
  }
  requestAnimationFrame(auto);
};
addEventListener("pointermove", (event) => {
  if (!press || event.pointerId !== press.id) return;
  press.last = event;
  const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
  if (!press.lifted && far > 5) {
    if (press.touch) return forget();
    lift();
  }
  if (press && press.lifted) {
    event.preventDefault();
    follow();
  }
});
const forget = () => {
  if (press) clearTimeout(press.timer);
  press = null;
};
addEventListener("pointerup", (event) => {
  if (!press || event.pointerId !== press.id) return;
  const { lifted } = press;
  if (lifted) {
    follow();
    dropped = performance.now();
    if (held.index < 0 && !held.out) giveUp();
    else commit();
  }
  forget();
});
addEventListener("pointercancel", () => {
  if (press && press.lifted && held) giveUp();
  forget();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && held && held.pointer) giveUp(), forget();
});
root.addEventListener("touchmove", (event) => press && press.lifted && event.preventDefault(), { passive: false });
root.addEventListener("contextmenu", (event) => press && press.touch && event.preventDefault());

// -- a visit by itself

let opener = null;
const open = (visit, one) => {
  opener = one;
  const stop = (where.get(visit) || [])[0], made = D.visits[visit];
  const head = el("h2", "", made.t + " "), acts = el("p", "tags");
  head.id = "b-card-name";
  head.append(el("span", "quiet", made.s));
  const add = (text, doing) => {
    const one = el("button", "button", text);
    one.type = "button";
    one.addEventListener("click", () => (close(), step({ doing, visit: made.k }, visit)));
    acts.append(one);
  };
  if (act && stop) add(t(locked.has(visit) ? "Unlock" : "Lock"), locked.has(visit) ? "unlock" : "lock");
  if (act && stop && !locked.has(visit)) add(t("Leave out"), "leave_out");
  const more = el("a", "button", t("Details"));
  more.href = `/board/visit?day=${root.dataset.day}&visit=${encodeURIComponent(made.k)}`;
  acts.append(more);
  const shut = el("button", "button plain", "✕");
  shut.type = "button";
  shut.setAttribute("aria-label", card.dataset.close);
  shut.addEventListener("click", close);
  card.replaceChildren(shut, head, el("p", "", label(visit, stop)), ...(D.why[visit] && !stop ? [el("p", "", D.why[visit])] : []), acts);
  card.hidden = false;
  acts.firstChild.focus();
};
const close = () => {
  card.hidden = true;
  if (opener && opener.isConnected) opener.focus();
};
root.addEventListener("click", (event) => {
  const one = event.target.closest(".visit");
  if (one && !held && !sending && performance.now() - dropped > 80) {
    focus(one);
    open(Number(one.dataset.visit), one);
  }
});

// -- beginning

for (const id of ["b-text", "b-kind", "b-level", "b-wrong"]) $(id).addEventListener("input", () => ((more = LEFT), draw()));
$("b-zoom").addEventListener("input", () => (span(), draw()));
document.querySelector(".board-tools").addEventListener("submit", (event) => event.preventDefault());
let wanted = false;
scroll.addEventListener("scroll", () => {
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => ((wanted = false), render(false)));
}, { passive: true });
$("b-left-list").addEventListener("scroll", (event) => {
  const one = event.target;
  if (more < D.listed.length && one.scrollTop + one.clientHeight > one.scrollHeight - 200) {
    more += LEFT;
    const top = one.scrollTop;
    list();
    one.scrollTop = top;
  }
}, { passive: true });
addEventListener("resize", () => D && (span(), draw()));
for (const doing of ["undo", "redo"]) {
  const one = document.querySelector(`[data-do=${doing}]`);
  if (one)
    one.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!sending) ask({ undo: doing === "undo" ? -1 : 1 });
    });
}
setInterval(() => D && !document.hidden && line(), 30000);

fetch(root.dataset.url, { credentials: "include" })
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
  .then((said) => {
    take(said);
    const kinds = [...new Set(D.kinds.map(([type]) => type))].sort();
    $("b-kind").append(...kinds.map((type) => new Option(type)));
    root.hidden = false;
    $("plain").hidden = true;
    span();
    draw();
    requestAnimationFrame(() => setTimeout(() => performance.mark("board-painted")));
  })
  .catch(() => {}); // the lists and forms of the page stand
