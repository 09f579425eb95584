/* Runs once, when the figure is drawn: Ctrl and the wheel zoom, Shift and a drag move what is seen. */
const view = Bokeh.index.find_one(plot);
const area = view.canvas_view.events_el;
const { x_range: x, y_range: y } = plot;
const STEP = 1.2, CLOSEST_PX = 24;

/* The picture stays in sight: no range reaches out of the frame that shows all of it. */
function look(left, top, width) {
  const [w, h] = [size.data.width[0], size.data.height[0]];
  const most = h * plot.aspect_ratio;
  const shown = Math.min(Math.max(width, CLOSEST_PX), most);
  const tall = shown / plot.aspect_ratio;
  const margin = (most - w) / 2;
  const l = Math.min(Math.max(left, -margin), w + margin - shown);
  const t = Math.min(Math.max(top, 0), h - tall);
  x.setv({ start: l, end: l + shown });
  y.setv({ start: t + tall, end: t });
}

area.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { left, top, width, height } = area.getBoundingClientRect();
  const [across, down] = [(event.clientX - left) / width, (event.clientY - top) / height];
  const before = x.end - x.start;
  const after = before * (event.deltaY > 0 ? STEP : 1 / STEP);
  const shown = Math.min(Math.max(after, CLOSEST_PX), size.data.height[0] * plot.aspect_ratio);
  look(
    x.start + across * (before - shown),
    y.end + down * (before - shown) / plot.aspect_ratio,
    shown,
  );
}, { capture: true, passive: false });

let from = null;
area.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.shiftKey) return;
  event.stopImmediatePropagation();
  area.setPointerCapture(event.pointerId);
  from = { px: event.clientX, py: event.clientY, left: x.start, top: y.end };
}, { capture: true });
area.addEventListener("pointermove", (event) => {
  if (from === null) return;
  event.stopImmediatePropagation();
  const scale = (x.end - x.start) / area.getBoundingClientRect().width;
  const [dx, dy] = [(event.clientX - from.px) * scale, (event.clientY - from.py) * scale];
  look(from.left - dx, from.top - dy, x.end - x.start);
}, { capture: true });
for (const end of ["pointerup", "pointercancel"]) {
  area.addEventListener(end, () => { from = null; }, { capture: true });
}
