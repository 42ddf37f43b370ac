// A signing link's key is brought from behind the # into its form; a signature is drawn, and kept as the data of a path.
"use strict";
(() => {
  const MOST = 19000; // characters; the server takes 20,000

  const form = document.querySelector("form[data-key]");
  const bring = () => {
    const key = location.hash.slice(1);
    if (!form || !key.startsWith("fcs_")) return;
    history.replaceState(null, "", location.pathname); // it stays in no history
    form.elements[form.dataset.key].value = key;
    form.requestSubmit();
  };
  bring();
  addEventListener("hashchange", bring);

  const box = document.querySelector("[data-draw]");
  if (!box) return;
  const canvas = box.querySelector("canvas");
  const field = document.getElementById(box.dataset.draw);
  const pen = canvas.getContext("2d");
  const strokes = [];
  let drawing = false;
  box.hidden = false;
  Object.assign(pen, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#14212a" });

  // Every n-th point of a stroke, and its last one: as few as it takes to be short enough.
  const path = (every) =>
    strokes
      .map((points) => points.filter((_, place) => place % every === 0 || place === points.length - 1))
      .map((points) => "M" + points.map(([x, y]) => x + " " + y).join("L") + (points.length === 1 ? "L" + points[0].join(" ") : ""))
      .join("");

  const keep = () => {
    let every = 1;
    while (path(every).length > MOST && every < 1000) every += 1;
    field.value = path(every);
  };

  const place = (event) => {
    const at = canvas.getBoundingClientRect();
    const scaled = (value, length, most) => Math.max(0, Math.min(most, Math.round((value * most) / length)));
    return [scaled(event.clientX - at.left, at.width, canvas.width), scaled(event.clientY - at.top, at.height, canvas.height)];
  };

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    const point = place(event);
    strokes.push([point]);
    pen.beginPath();
    pen.moveTo(...point);
    pen.lineTo(...point);
    pen.stroke();
    keep();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const points = strokes[strokes.length - 1];
    const [x, y] = place(event);
    const [lastX, lastY] = points[points.length - 1];
    if (Math.abs(x - lastX) + Math.abs(y - lastY) < 3) return;
    points.push([x, y]);
    pen.lineTo(x, y);
    pen.stroke();
  });
  const lift = () => {
    if (drawing) keep();
    drawing = false;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  box.querySelector("[data-clear]").addEventListener("click", () => {
    strokes.length = 0;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  });
})();
