/* Runs once, when Bokeh has drawn `plot`, the root of a document, for the first time.

   Where there is no GPU the processor draws, and it may be training: nothing is drawn that
   nobody sees. */
const { document } = plot;
const figures = [...plot.references()].filter((model) => model.type === "Figure");
const views = figures.map((figure) => Bokeh.index.find_one(figure));

/* What is out of sight is drawn when it comes into sight, or when nothing has changed for long:
   a print or a picture of the whole page then shows what is. */
const FIRST_MS = 5000, LONG_MS = 15000;
const hold = (figure, held) => figure.setv({ hold_render: held }, { sync: false });
const held = () => figures.filter((figure) => figure.hold_render);
let timer = null;
function draw() {
  for (const figure of held()) {
    hold(figure, false);
    Bokeh.index.find_one(figure).repaint();
    hold(figure, true);
  }
}
function changed() {
  clearTimeout(timer);
  timer = held().length > 0 ? setTimeout(draw, LONG_MS) : null;
}
setTimeout(() => {
  const shown = new Map(views.map((view) => [view.el, view.model]));
  const sight = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) hold(shown.get(target), !isIntersecting);
  });
  shown.forEach((_figure, element) => sight.observe(element));
  addEventListener("beforeprint", draw);
}, FIRST_MS);

/* Bokeh writes at each drawing where its parts are, moved or not, and the browser then computes
   the styles of all of them anew. Curves move, but their parts hold nothing. */
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
