/* What a page does in the browser besides its widgets. Plain script, no library. */
(function () {
  "use strict";
  const ssdx = (window.ssdx = {});
  const body = () => document.body;

  /* Voila's own hooks; this page shows its progress by itself. */
  window.voila_heartbeat = window.voila_process = window.voila_finish = function () {};
  window.update_loading_text = window.display_cells = function () {};

  /* What others wait for while a page starts is too short on a busy machine. anywidget gives a
     widget's script two seconds: one that comes later is shown, but hears nothing of the kernel any
     more. ipywidgets gives the kernel four seconds to say what widgets there are; then it asks for
     each alone, which takes long, and for ever if one of them has gone meanwhile. */
  const ANYWIDGET_MS = 2000, IPYWIDGETS_MS = 4000, LONGER_MS = 60000;
  const abortAfter = AbortSignal.timeout, callAfter = window.setTimeout.bind(window);
  const patient = (ms, short) => (ms === short ? LONGER_MS : ms);
  AbortSignal.timeout = (ms) => abortAfter.call(AbortSignal, patient(ms, ANYWIDGET_MS));
  window.setTimeout = (then, ms, ...given) => callAfter(then, patient(ms, IPYWIDGETS_MS), ...given);

  /* Bokeh's library takes long to read. Voila's script first asks for its own parts, which arrive
     meanwhile; so the library waits for that, as a text. Either may be first, and the text is in
     the document before the last of it has come. */
  const awaited = new Set(["voila", "library"]);
  ssdx.hasCome = function (what) {
    awaited.delete(what);
    const text = document.getElementById("ssdx-library");
    if (awaited.size > 0 || !text) return;
    const script = document.createElement("script");
    script.textContent = text.textContent;
    text.replaceWith(script);
  };

  /* Voila's own script waits for a widget for two seconds, and does not look again at their end: one
     that came in the last of them is never shown. So the page's widgets are shown here, when
     Voila's manager has read them all from the kernel. */
  Object.defineProperty(window, "jupyterapp", {
    configurable: true,
    set(app) {
      Object.defineProperty(window, "jupyterapp", { value: app, configurable: true });
      const manager = app.widgetManager;
      if (!manager) return; /* the kernel has ended */
      if (manager.restoredStatus) showWidgets(manager);
      else manager.restored.connect(() => showWidgets(manager));
    },
  });
  function showWidgets(manager) {
    document.querySelectorAll("[data-ssdx-widget]").forEach(async (place) => {
      const id = place.dataset.ssdxWidget;
      delete place.dataset.ssdxWidget; /* the manager reads them again when a lost line is back */
      const { luminoWidget } = await manager.create_view(await manager.get_model(id));
      luminoWidget.constructor.attach(luminoWidget, place);
    });
  }

  /* A page that does not come is asked for once more, with a new kernel: it is seldom, and the
     user could do nothing else. */
  const PATIENCE_MS = 60000, ASKED_AGAIN = "ssdx-asked-again";
  setTimeout(() => {
    const cells = document.getElementById("ssdx-cells");
    if (!cells || document.hidden || body().classList.contains("ssdx-ready")) return;
    if (sessionStorage.getItem(ASKED_AGAIN)) return;
    sessionStorage.setItem(ASKED_AGAIN, "1");
    console.warn("ssdx: asked for once more", {
      library: Boolean(window.Bokeh), app: Boolean(window.jupyterapp),
      restored: window.jupyterapp?.widgetManager?.restoredStatus,
      shown: Boolean(document.querySelector(".ssdx-page")), drawn,
    });
    location.reload();
  }, PATIENCE_MS);

  /* Each figure says when it is drawn; the page is usable when all of them are. */
  let drawn = 0;
  ssdx.drawn = function () {
    drawn += 1;
    const plots = document.querySelectorAll(".ssdx-plot").length;
    if (drawn >= plots) requestAnimationFrame(ssdx.ready);
  };
  ssdx.ready = function () {
    if (body().classList.contains("ssdx-ready")) return; /* a figure that came later */
    const loading = document.getElementById("loading");
    if (loading) loading.remove();
    sessionStorage.removeItem(ASKED_AGAIN);
    body().classList.add("ssdx-ready");
    performance.mark("ssdx-ready");
    window.dispatchEvent(new Event("ssdx-ready"));
  };

  /* Who had to wait has come in; a page that waits puts its ticket there again. */
  const entered = new URL(location.href);
  if (entered.searchParams.has("ticket")) {
    entered.searchParams.delete("ticket");
    history.replaceState(null, "", entered);
  }

  /* Links keep the token with which this page was opened. */
  function keepToken() {
    const token = new URLSearchParams(location.search).get("token");
    document.querySelectorAll(".ssdx-header a, .ssdx-card").forEach((link) => {
      const url = new URL(link.href);
      if (token) url.searchParams.set("token", token);
      link.href = url.href;
    });
    /* A single notebook (`voila apps/anchors.ipynb`) has no neighbours to go to. */
    const alone = document.getElementById("ssdx-cells")
      && !location.pathname.includes("/voila/render/");
    body().classList.toggle("ssdx-alone", Boolean(alone));
  }

  /* Sliders have a visible label, but none that a screen reader would connect with the handle. */
  const LABELS = ".widget-label, .bk-slider-title";
  function nameControls(root) {
    root.querySelectorAll(".noUi-handle:not([aria-label])").forEach((handle) => {
      const holder = handle.closest(".jupyter-widgets, .bk-input-group");
      const label = holder && holder.querySelector(LABELS);
      if (label && label.textContent) handle.setAttribute("aria-label", label.textContent);
    });
    root.querySelectorAll(".widget-readout[contenteditable]:not([aria-label])").forEach((box) => {
      const label = box.parentElement.querySelector(".widget-label");
      if (label && label.textContent) {
        box.setAttribute("role", "textbox");
        box.setAttribute("aria-label", window.ssdxWords.value.replace("{label}", label.textContent));
      }
    });
  }
  /* Bokeh's own controls live in shadow trees, which a MutationObserver does not see. */
  function nameShadowControls(root) {
    root.querySelectorAll("*").forEach((element) => {
      if (!element.shadowRoot) return;
      nameControls(element.shadowRoot);
      nameShadowControls(element.shadowRoot);
    });
  }
  window.addEventListener("ssdx-ready", () => {
    document.querySelectorAll(".ssdx-plot").forEach(nameShadowControls);
  });

  /* A guided tour names the part of the page that it speaks of. */
  let lookedAt = "";
  function look() {
    const text = document.querySelector("[data-ssdx-look]");
    const bar = text && text.closest(".ssdx-tour");
    const on = Boolean(bar) && getComputedStyle(bar).display !== "none";
    const step = on ? text.dataset.ssdxStep : "";
    if (step === lookedAt) return;
    lookedAt = step;
    document.querySelectorAll(".ssdx-looked-at").forEach((e) => e.classList.remove("ssdx-looked-at"));
    const part = on && document.querySelector(".ssdx-place-" + text.dataset.ssdxLook);
    if (!part) return;
    part.classList.add("ssdx-looked-at");
    part.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }

  /* Buttons that copy what a text field holds, or a link to the page as it is. */
  const stateText = () => document.querySelector(".ssdx-state textarea");
  function withState() {
    const url = new URL(location.href);
    url.searchParams.set("state", stateText().value);
    return url;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ssdx-copy]");
    if (!button) return;
    let text;
    if (button.dataset.ssdxCopy === "link") {
      const url = withState();
      url.searchParams.delete("token");
      text = url.href;
    } else {
      text = document.querySelector(`.${button.dataset.ssdxCopy} textarea`).value;
    }
    navigator.clipboard.writeText(text).then(() => {
      const before = button.textContent;
      button.textContent = button.dataset.ssdxDone;
      setTimeout(() => { button.textContent = before; }, 1500);
    });
  });

  /* Buttons that go on to another page with something of this one. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ssdx-open]");
    if (!button) return;
    const url = new URL(button.dataset.ssdxOpen + ".ipynb", location.href);
    const token = new URLSearchParams(location.search).get("token");
    if (token) url.searchParams.set("token", token);
    url.searchParams.set("state", button.dataset.ssdxState);
    location.href = url.href;
  });

  /* The address follows the page's state, so that a reload, or a bookmark, brings it back. The
     state changes when the kernel says so; what it says is on the page a moment later. */
  const A_MOMENT_MS = 500;
  let shownState = null;
  let following = null;
  function followState() {
    following ??= setTimeout(() => {
      following = null;
      if (document.activeElement === stateText() || stateText().value === shownState) return;
      shownState = stateText().value;
      history.replaceState(null, "", withState());
    }, A_MOMENT_MS);
  }
  window.addEventListener("ssdx-ready", () => {
    if (!stateText()) return;
    shownState = stateText().value;
    stateText().addEventListener("blur", followState);
    window.addEventListener("ssdx-message", followState);
  });

  function settings() {
    const element = document.getElementById("jupyter-config-data");
    return element ? JSON.parse(element.textContent) : {};
  }
  ssdx.kernelId = () => body().dataset.kernelId;
  ssdx.kernelAddress = () => `${settings().baseUrl}api/kernels/${ssdx.kernelId()}`;

  /* A dead kernel is invisible in ipywidgets: watch the socket, and seldom ask the server. */
  const LOST_AFTER_MS = 4000, ASK_EVERY_MS = 30000;
  const ENDS = /"msg_type": ?"shutdown_reply"|"execution_state": ?"(auto)?(restarting|dead)"/;
  let openSockets = 0;
  let lostTimer = null;
  let leaving = false;
  function ended() {
    const banner = document.getElementById("ssdx-ended");
    if (!banner || leaving) return;
    banner.hidden = false;
    body().classList.add("ssdx-session-ended");
  }
  function lost() {
    if (lostTimer === null) lostTimer = callAfter(ended, LOST_AFTER_MS);
  }
  function found() {
    clearTimeout(lostTimer);
    lostTimer = null;
  }
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      if (!String(args[0]).includes("/api/kernels/")) return;
      this.addEventListener("open", () => { openSockets += 1; found(); });
      this.addEventListener("close", () => {
        openSockets = Math.max(0, openSockets - 1);
        if (openSockets === 0) lost();
      });
      this.addEventListener("message", (event) => {
        window.dispatchEvent(new Event("ssdx-message"));
        const size = event.data.byteLength ?? event.data.length;
        if (size > 4096) return;
        const text = typeof event.data === "string"
          ? event.data : new TextDecoder().decode(event.data);
        /* It ends, or was started again and knows nothing of this page. */
        if (ENDS.test(text)) ended();
      });
    }
  };
  window.addEventListener("pagehide", () => { leaving = true; });
  /* Back in the history: the page is there again, its kernel is not. */
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  window.addEventListener("ssdx-ready", () => {
    const timer = setInterval(() => {
      if (!ssdx.kernelId()) return;
      if (!document.getElementById("ssdx-ended").hidden) clearInterval(timer);
      else fetch(ssdx.kernelAddress()).then((answer) => {
        if (answer.status === 404) ended();
        else if (openSockets > 0) found();
      }, lost);
    }, ASK_EVERY_MS);
  });

  document.addEventListener("DOMContentLoaded", () => {
    keepToken();
    const watcher = new MutationObserver(() => { nameControls(document); look(); });
    watcher.observe(body(), { childList: true, subtree: true });
  });
})();
