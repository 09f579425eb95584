/* Runs once, when the photograph's figure is drawn: dragging, hovering, keys, touch.

   `gt` is the ground truth that the kernel knows; it is told at most ten times a second, and
   always the last state. What follows the pointer (`drawn`, `handles`) never leaves the page,
   so that it moves at the browser's own pace. */
const SEND_EVERY_MS = 100;
const LEAST_PX = 3;
const LABEL = "Photograph. Arrow keys choose a cell; with Shift they move the ground truth.";
const view = Bokeh.index.find_one(plot);
const coarse = matchMedia("(pointer: coarse)").matches;
const between = (value, low, high) => Math.min(Math.max(value, low), high);

function box() {
  const span = (a, b, limit) => {
    const low = between(Math.round(Math.min(a, b)), 0, limit - LEAST_PX);
    return [low, between(Math.round(Math.max(a, b)), low + LEAST_PX, limit)];
  };
  const [left, right] = span(grip.left, grip.right, width_px);
  const [top, bottom] = span(grip.top, grip.bottom, height_px);
  return { left, right, top, bottom };
}

function draw({ left, right, top, bottom }) {
  drawn.data = { left: [left], right: [right], top: [top], bottom: [bottom] };
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
    grip.setv({ ...to, line_width: catchWidth(to) });
    draw(to);
  });
}

let timer = null;
let waits = false;
function send() {
  if (timer !== null) { waits = true; return; }
  const { left, right, top, bottom } = box();
  quietly(() => { gt.data = { left: [left], right: [right], top: [top], bottom: [bottom] }; });
  timer = setTimeout(() => {
    timer = null;
    if (waits) { waits = false; send(); }
  }, SEND_EVERY_MS);
}

grip.connect(grip.change, () => {
  if (ours) return;
  quietly(() => draw(box()));
  send();
});
grip.connect(grip.pan, ([phase]) => { if (phase === "pan:end") place(box()); });
gt.connect(gt.properties.data.change, () => {
  if (ours) return;
  waits = false;
  const [left, right, top, bottom] = ["left", "right", "top", "bottom"].map((k) => gt.data[k][0]);
  place({ left, right, top, bottom });
});
place(box());

/* Keys. The selected cell is `cell`; a wish for another goes to the kernel as a point. */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const area = view.canvas_view.events_el;
area.tabIndex = 0;
area.setAttribute("role", "application");
area.setAttribute("aria-label", LABEL);
area.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  const [dx, dy] = step;
  if (event.shiftKey) {
    const at = box();
    const x = between(dx, -at.left, width_px - at.right);
    const y = between(dy, -at.top, height_px - at.bottom);
    place({ left: at.left + x, right: at.right + x, top: at.top + y, bottom: at.bottom + y });
    send();
    return;
  }
  const [l, r, t, b] = ["left", "right", "top", "bottom"].map((k) => cell.data[k][0]);
  const move = (low, high, by, limit) => {
    const shift = (high - low) * by;
    return low + shift < -0.5 || high + shift > limit + 0.5 ? [low, high] : [low + shift, high + shift];
  };
  const [left, right] = move(l, r, dx, width_px);
  const [top, bottom] = move(t, b, dy, height_px);
  cell.data = { left: [left], right: [right], top: [top], bottom: [bottom] };
  pick.data = { x: [(left + right) / 2], y: [(top + bottom) / 2], time: [Date.now()] };
});

/* A finger on the box drags it; elsewhere it scrolls the page. */
area.addEventListener("touchstart", (event) => {
  const { clientX, clientY } = event.touches[0];
  const { left, top } = area.getBoundingClientRect();
  const x = view.frame.x_scale.invert(clientX - left);
  const y = view.frame.y_scale.invert(clientY - top);
  const more = 12 * (plot.x_range.end - plot.x_range.start) / view.frame.bbox.width;
  const at = box();
  const on = x > at.left - more && x < at.right + more && y > at.top - more && y < at.bottom + more;
  if (on) event.preventDefault();
}, { passive: false });
