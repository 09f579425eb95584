/* Runs once, when the photograph's figure is drawn: arrow keys choose a cell.

   The selected cell is `cell`; a wish for another goes to the kernel as a point. */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const area = Bokeh.index.find_one(plot).canvas_view.events_el;
area.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const [l, r, t, b] = ["left", "right", "top", "bottom"].map((edge) => cell.data[edge][0]);
  const move = (low, high, by, limit) => {
    const shift = (high - low) * by;
    return low + shift < -0.5 || high + shift > limit + 0.5 ? [low, high] : [low + shift, high + shift];
  };
  const [left, right] = move(l, r, step[0], size.data.width[0]);
  const [top, bottom] = move(t, b, step[1], size.data.height[0]);
  cell.data = { left: [left], right: [right], top: [top], bottom: [bottom] };
  pick.data = { x: [(left + right) / 2], y: [(top + bottom) / 2], time: [Date.now()] };
});
