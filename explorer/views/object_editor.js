/* Runs once, when the figure is drawn: an object is dragged, resized, drawn, deleted.

   `gt` is the selected object that the kernel knows; it is told at most ten times a second, and
   always the last state. What follows the pointer (`drawn`, `handles`, `sketch`) never leaves the
   page, so that it moves at the browser's own pace. */
const SEND_EVERY_MS = 100;
const LEAST_PX = 3;
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
  drawn.data = { ...columns(to), text: [gt.data.text[0]] };
  const { left, right, top, bottom } = to;
  handles.data = { x: [left, right, left, right], y: [top, top, bottom, bottom] };
}

/* Edges are caught within a finger's or pointer's width, but a small box keeps a middle. */
function catchWidth({ left, right, top, bottom }) {
  const screen_px = view.frame.bbox.width / (plot.x_range.end - plot.x_range.start);
  const side = Math.min(right - left, bottom - top) * screen_px;
  return 2 * between(side / 4, 3, coarse ? 18 : 11);
}

let ours = false; /* we set a model's value: not the reader, not the kernel */
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
    drawn.data = { left: [], right: [], top: [], bottom: [], text: [] };
    handles.data = { x: [], y: [] };
  });
}

let timer = null;
let waits = false;
function send() {
  if (timer !== null) { waits = true; return; }
  quietly(() => { gt.data = { ...gt.data, ...columns(box()) }; });
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

/* Drawing a new object: the next drag, before Bokeh sees it. */
const drawing = () => mode.data.draw[0] === 1;
let start = null;
function at(event) {
  const { left, top } = area.getBoundingClientRect();
  return {
    x: view.frame.x_scale.invert(event.clientX - left),
    y: view.frame.y_scale.invert(event.clientY - top),
  };
}
function corners(event) {
  const end = at(event);
  return whole({ left: start.x, right: end.x, top: start.y, bottom: end.y });
}
function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
area.addEventListener("pointerdown", (event) => {
  if (!drawing() || event.button !== 0) return;
  take(event);
  area.setPointerCapture(event.pointerId);
  start = at(event);
}, { capture: true });
area.addEventListener("pointermove", (event) => {
  if (start === null) return;
  take(event);
  sketch.data = columns(corners(event));
}, { capture: true });
area.addEventListener("pointerup", (event) => {
  if (start === null) return;
  take(event);
  const { left, top, right, bottom } = corners(event);
  start = null;
  sketch.data = { left: [], right: [], top: [], bottom: [] };
  wish.data = { what: ["create"], box: [[left, top, right, bottom]], time: [Date.now()] };
}, { capture: true });
const style = document.createElement("style"); /* Bokeh sets the element's own cursor */
style.textContent = ".ssdx-drawing { cursor: crosshair !important; }";
area.getRootNode().appendChild(style);
mode.connect(mode.properties.data.change, () => area.classList.toggle("ssdx-drawing", drawing()));

/* Keys: Delete removes the object, arrows with Shift move it. */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
area.tabIndex = 0;
area.setAttribute("role", "application");
area.setAttribute("aria-label", label);
area.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isEmpty()) return;
  if (event.key === "Delete") {
    take(event);
    wish.data = { what: ["delete"], box: [[0, 0, 0, 0]], time: [Date.now()] };
    return;
  }
  const step = event.shiftKey && STEPS[event.key];
  if (!step) return;
  take(event);
  const [dx, dy] = step;
  const { left, right, top, bottom } = box();
  const x = between(dx, -left, width() - right);
  const y = between(dy, -top, height() - bottom);
  place({ left: left + x, right: right + x, top: top + y, bottom: bottom + y });
  send();
});

/* A finger on the selected object drags it; elsewhere it scrolls the page. */
area.addEventListener("touchstart", (event) => {
  if (drawing()) { event.preventDefault(); return; }
  if (isEmpty()) return;
  const { x, y } = at(event.touches[0]);
  const more = 12 * (plot.x_range.end - plot.x_range.start) / view.frame.bbox.width;
  const { left, right, top, bottom } = box();
  const on = x > left - more && x < right + more && y > top - more && y < bottom + more;
  if (on) event.preventDefault();
}, { passive: false });
