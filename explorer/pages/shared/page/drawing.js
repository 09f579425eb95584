/* Runs once, when Bokeh has drawn `plot`, the root of a document, for the first time.

   Where there is no GPU the processor draws, and it may be training: nothing is drawn that
   nobody sees. */
const { document } = plot;
const figures = [...plot.references()].filter((model) => model.type === "Figure");
const views = figures.map((figure) => Bokeh.index.find_one(figure));

/* A figure that is out of sight, or nearly, is drawn when it comes into sight. If for long nothing
   has changed on the page, it is drawn as well: a picture of the whole page then shows what is.
   The kernel learns from `hold_render` what is not worth sending. */
const FIRST_MS = 5000, LONG_MS = 6000, LEAST_PART = 1 / 3;
function draw() {
  for (const [index, figure] of figures.entries()) {
    if (!figure.hold_render) continue;
    figure.setv({ hold_render: false }, { sync: false });
    views[index].repaint();
    figure.setv({ hold_render: true }, { sync: false });
  }
}
setTimeout(() => {
  const shown = new Map(views.map((view) => [view.el, view.model]));
  const sight = new IntersectionObserver((seen) => {
    for (const { target, intersectionRatio } of seen) {
      shown.get(target).hold_render = intersectionRatio < LEAST_PART;
    }
  }, { threshold: LEAST_PART });
  shown.forEach((_figure, element) => sight.observe(element));
  addEventListener("beforeprint", draw);
  addEventListener("ssdx-quiet", draw);
}, FIRST_MS);
function changed() {
  clearTimeout(window.ssdx_quiet);
  window.ssdx_quiet = setTimeout(() => dispatchEvent(new Event("ssdx-quiet")), LONG_MS);
}

/* Bokeh writes at each drawing where its parts are, moved or not, and the browser then computes
   the styles of all of them again. Curves move, but their parts hold nothing. */
for (const view of views.flatMap((view) => [...view.renderer_views.values()])) {
  if (view.model.type === "GlyphRenderer") view.update_position = () => {};
}
const sheets = Object.getPrototypeOf([...views[0].renderer_views.values()][0].position);
if (!sheets.ssdx_steady) {
  const write = sheets._update;
  sheets._update = function (css) {
    if (this.el.textContent !== css) write.call(this, css);
  };
  sheets.ssdx_steady = true;
}

/* Bokeh's widget sends back to Python what Python has just sent, images and all. That costs time,
   and where Python has gone on meanwhile, its new value is overwritten with its old one. */
const tell = document._trigger_on_change.bind(document);
document._trigger_on_change = (event) => {
  if (event.attr !== "hold_render") changed();
  if (event.sync !== false) tell(event);
};

plot.tags = [location.search, Date.now()];
window.ssdx?.drawn?.();
