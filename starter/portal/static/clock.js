// Deadlines tick: how far off they are is counted by the server's clock, in the words of the page.
"use strict";
(() => {
  const said = document.querySelector("meta[name=fieldcare-clock]");
  if (!said) return;
  const loaded = performance.getEntriesByType("navigation")[0];
  const heard = loaded ? performance.timeOrigin + loaded.responseStart : Date.now();
  const ahead = Date.parse(said.content) - heard; // of this device's clock, whatever that says

  // Two units, no smaller than minutes, as the server has it.
  const span = (seconds) => {
    if (seconds < 60) return Math.floor(seconds) + " s";
    const minutes = Math.floor(seconds / 60);
    const units = [
      [Math.floor(minutes / 1440), said.dataset.day],
      [Math.floor(minutes / 60) % 24, " h"],
      [minutes % 60, " min"],
    ];
    const first = units.findIndex(([count]) => count);
    return units
      .slice(first, first + 2)
      .filter(([count]) => count)
      .map(([count, unit]) => count + unit)
      .join(" ");
  };

  const tick = () => {
    const now = Date.now() + ahead;
    for (const one of document.querySelectorAll("time.due[datetime]")) {
      const left = (Date.parse(one.dateTime) - now) / 1000;
      const text = (left < 0 ? said.dataset.late : said.dataset.in).replace("{span}", span(Math.abs(left)));
      if (one.textContent !== text) one.textContent = text;
      one.classList.toggle("late", left < 0);
    }
  };
  setInterval(() => document.hidden || tick(), 1000);
  document.addEventListener("visibilitychange", tick);
})();
