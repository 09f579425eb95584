/* Runs once, when the figure is drawn: an object is dragged, resized, drawn, deleted.

   `gt` is the selected object that the kernel knows; it is told at most ten times a second, and
   always the last state. What follows the pointer (`drawn`, `handles`, `sketch`) never leaves the
   page, so that it moves at the browser's own pace. */
const SEND_EVERY_MS = 100;
const LEAST_PX = 3;
const CLICK_PX = 4; /* a hand trembles so far */
const FAR_PX = 10; /* what Shift makes of an arrow key's one pixel */
const EDGES = ["left", "right", "top", "bottom"];
const view = Bokeh.index.find_one(plot);
const area = view.canvas_view.events_el;
const coarse = matchMedia("(pointer: coarse)").matches;
const between = (value, low, high) => Math.min(Math.max(value, low), high);
const width = () => size.data.width[0];
const height = () => size.data.height[0];
const edges = (source) => Object.fromEntries(EDGES.map((edge) => [edge, source.data[edge][0]]));
const columns = (box) => Object.fromEntries(EDGES.map((edge) => [edge, [box[edge]]]));
const isEmpty = () => gt.data.left.length === 0;

/* The box between two corners: whole pixels, inside of the image, not too thin to be caught. */
function whole({ left, right, top, bottom }) {
  const span = (a, b, limit) => {
    const low = between(Math.round(Math.min(a, b)), 0, limit - LEAST_PX);
    return [low, between(Math.round(Math.max(a, b)), low + LEAST_PX, limit)];
  };
  const [l, r] = span(left, right, width());
  const [t, b] = span(top, bottom, height());
  return { left: l, right: r, top: t, bottom: b };
}
const box = () => whole(grip);

function draw(to) {
  drawn.data = { ...gt.data, ...columns(to) };
  const { left, right, top, bottom } = to;
  handles.data = { x: [left, right, left, right], y: [top, top, bottom, bottom] };
}

/* Edges are caught within a finger's or pointer's width, but a small box keeps a middle. */
function catchWidth({ left, right, top, bottom }) {
  const screen_px = view.frame.bbox.width / (plot.x_range.end - plot.x_range.start);
  const side = Math.min(right - left, bottom - top) * screen_px;
  return 2 * between(side / 4, 3, coarse ? 18 : 11);
}

let ours = false; /* we set a model's value: not the user, not the kernel */
function quietly(change) {
  ours = true;
  try { change(); } finally { ours = false; }
}
function place(to) {
  quietly(() => {
    grip.setv({ ...to, line_width: catchWidth(to), visible: true });
    draw(to);
  });
}
function show() {
  if (!isEmpty()) { place(edges(gt)); return; }
  quietly(() => {
    grip.visible = false;
    drawn.data = Object.fromEntries(Object.keys(drawn.data).map((name) => [name, []]));
    handles.data = { x: [], y: [] };
  });
}

let timer = null;
let waits = false;
function sendNow() {
  quietly(() => { gt.data = { ...gt.data, ...columns(box()) }; });
}
function flush() { /* before a wish, which may be about another object */
  if (waits) { waits = false; sendNow(); }
}
function send() {
  if (timer !== null) { waits = true; return; }
  sendNow();
  timer = setTimeout(() => {
    timer = null;
    if (waits) { waits = false; send(); }
  }, SEND_EVERY_MS);
}

grip.connect(grip.change, () => {
  if (ours || isEmpty()) return;
  quietly(() => draw(box()));
  send();
});
grip.connect(grip.pan, ([phase]) => { if (phase === "pan:end") place(box()); });
gt.connect(gt.properties.data.change, () => {
  if (ours) return;
  waits = false;
  show();
});
size.connect(size.properties.data.change, () => {
  quietly(() => grip.setv({ right_limit: width(), bottom_limit: height() }));
});
show();

let told = 0; /* when, in ms; two keys of one millisecond are two wishes */
function tell(what, { left, top, right, bottom }, key = "") {
  flush();
  told = Math.max(Date.now(), told + 1);
  wish.data = { what: [what], box: [[left, top, right, bottom]], key: [key], time: [told] };
}
const NOWHERE = { left: 0, top: 0, right: 0, bottom: 0 };

/* Drawing a new object: the next drag, before Bokeh sees it. Where clicks are told (`free`), a mouse
   also draws beside the selected object. */
const drawing = () => mode.data.draw[0] === 1;
let start = null; /* of what is drawn */
let down = null; /* where a click may begin: on the screen */
function at(event) {
  const { left, top } = area.getBoundingClientRect();
  return {
    x: view.frame.x_scale.invert(event.clientX - left),
    y: view.frame.y_scale.invert(event.clientY - top),
  };
}
function onSelected(event, margin_px) {
  if (isEmpty()) return false;
  const { x, y } = at(event);
  const more = margin_px * (plot.x_range.end - plot.x_range.start) / view.frame.bbox.width;
  const { left, right, top, bottom } = box();
  return x > left - more && x < right + more && y > top - more && y < bottom + more;
}
const beside = (event) => free && event.pointerType !== "touch" && !event.shiftKey
  && !onSelected(event, grip.line_width / 2);
const isClick = (event) => down !== null
  && Math.hypot(event.clientX - down.x, event.clientY - down.y) < CLICK_PX;
function corners(event) {
  const end = at(event);
  return whole({ left: start.x, right: end.x, top: start.y, bottom: end.y });
}
function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
function stop() {
  start = null;
  sketch.data = { left: [], right: [], top: [], bottom: [] };
}
area.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  down = free ? { x: event.clientX, y: event.clientY } : null;
  if (!drawing() && !beside(event)) return;
  take(event);
  area.focus({ preventScroll: true });
  area.setPointerCapture(event.pointerId);
  start = at(event);
}, { capture: true });
area.addEventListener("pointermove", (event) => {
  if (free) area.classList.toggle("ssdx-drawing", drawing() || start !== null || beside(event));
  if (start === null) return;
  take(event);
  if (isClick(event)) return;
  down = null;
  sketch.data = columns(corners(event));
}, { capture: true });
area.addEventListener("pointerup", (event) => {
  const clicked = isClick(event);
  down = null;
  if (clicked) {
    const { x, y } = at(event);
    tell("pick", { left: x, top: y, right: x, bottom: y });
  }
  if (start === null) return;
  take(event);
  const drawnBox = corners(event);
  stop();
  if (!clicked) tell("create", drawnBox);
}, { capture: true });
area.addEventListener("pointercancel", () => { down = null; if (start !== null) stop(); });
const style = document.createElement("style"); /* Bokeh sets the element's own cursor */
style.textContent = ".ssdx-drawing { cursor: crosshair !important; }";
area.getRootNode().appendChild(style);
mode.connect(mode.properties.data.change, () => area.classList.toggle("ssdx-drawing", drawing()));

/* Keys: Delete removes the object, arrows with Shift move it; `free`: also without, Shift further. */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
area.tabIndex = 0;
area.setAttribute("role", "application");
area.setAttribute("aria-label", label);
function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const ctrl = event.ctrlKey || event.metaKey;
  return `${ctrl ? "Ctrl+" : ""}${ctrl && event.shiftKey ? "Shift+" : ""}${key}`;
}
area.addEventListener("keydown", (event) => {
  if (event.altKey) return;
  if (event.key === "Escape" && start !== null) { take(event); stop(); return; }
  if (keys.includes(nameOf(event))) { take(event); tell("press", NOWHERE, nameOf(event)); return; }
  if (event.ctrlKey || event.metaKey || isEmpty()) return;
  if (event.key === "Delete") { take(event); tell("delete", NOWHERE); return; }
  const step = (free || event.shiftKey) && STEPS[event.key];
  if (!step) return;
  take(event);
  const [dx, dy] = step.map((by) => by * (free && event.shiftKey ? FAR_PX : 1));
  const { left, right, top, bottom } = box();
  const x = between(dx, -left, width() - right);
  const y = between(dy, -top, height() - bottom);
  place({ left: left + x, right: right + x, top: top + y, bottom: bottom + y });
  send();
});
if (free) {
  /* The keys work where the pointer is, unless something is being typed. */
  area.addEventListener("pointerenter", () => {
    if (document.activeElement?.closest("input, textarea, select") === null) {
      area.focus({ preventScroll: true });
    }
  });
  plot.x_range.connect(plot.x_range.change, show); /* zoomed: edges are caught as far as before */
  /* JupyterLab has keys of its own; the document sees a shadow tree's outermost host alone. */
  let host = area;
  while (host.getRootNode().host) host = host.getRootNode().host;
  host.setAttribute("data-lm-suppress-shortcuts", "true");
}

/* A finger on the selected object drags it; elsewhere it scrolls the page. */
area.addEventListener("touchstart", (event) => {
  if (drawing() || onSelected(event.touches[0], 12)) event.preventDefault();
}, { passive: false });
