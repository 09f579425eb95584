/* Pictures from the user: chosen, dropped anywhere on the page, pasted, or from the camera.

   Each file is judged by its size before anything is sent, since what is larger than a message
   of the server's would vanish without a word. Files go one by one: the next when the kernel
   has answered the last. */

function element(kind, name, text = "") {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function render({ model, el }) {
  const texts = model.get("texts");
  const limit = model.get("limit_bytes");
  const gone = new AbortController(); /* takes the listeners on the document away */
  const listen = (target, kind, action) => target.addEventListener(kind, action, { signal: gone.signal });

  el.classList.add("ssdx-upload");
  const input = element("input", "");
  Object.assign(input, { type: "file", multiple: true, accept: model.get("accept"), hidden: true });
  const choose = element("button", "jupyter-button mod-primary", texts.choose);
  const camera = element("button", "jupyter-button", texts.camera);
  camera.hidden = !navigator.mediaDevices?.getUserMedia;
  const hint = element("span", "ssdx-muted ssdx-upload-hint", texts.hint);
  const state = element("p", "ssdx-muted");
  const problems = element("ul", "ssdx-error ssdx-upload-problems");
  const zone = element("div", "ssdx-dropzone", texts.drop);
  for (const button of [choose, camera]) button.type = "button";
  state.setAttribute("role", "status");
  problems.setAttribute("role", "alert");
  state.hidden = problems.hidden = zone.hidden = true;
  const buttons = element("div", "ssdx-upload-buttons");
  buttons.append(choose, camera, hint);
  el.append(input, buttons, state, problems, zone);

  function complain(text) {
    problems.append(element("li", "", text));
    problems.hidden = false;
  }

  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
  function fits(file) {
    if (file.size <= limit) return true;
    complain(fill(texts.too_large, {
      name: file.name, size: megabytes(file.size), limit: megabytes(limit),
    }));
    return false;
  }

  function send(file, content) {
    return new Promise((resolve) => {
      const id = crypto.randomUUID();
      function answered(message) {
        if (message.id !== id) return;
        model.off("msg:custom", answered);
        resolve(message.problem);
      }
      model.on("msg:custom", answered);
      model.send({ id, name: file.name }, undefined, [content]);
    });
  }

  let waiting = Promise.resolve();
  function take(files) {
    const chosen = Array.from(files);
    waiting = waiting.then(async () => {
      problems.replaceChildren();
      problems.hidden = true;
      const fitting = chosen.filter(fits);
      for (const [index, file] of fitting.entries()) {
        state.textContent = fill(texts.reading, { number: index + 1, all: fitting.length });
        state.hidden = fitting.length < 2;
        let problem;
        try {
          problem = await send(file, await file.arrayBuffer());
        } catch { /* a folder, or a file that was deleted meanwhile */
          problem = fill(texts.unreadable, { name: file.name });
        }
        if (problem) complain(problem);
      }
      state.hidden = true;
    });
  }

  listen(choose, "click", () => { input.value = ""; input.click(); });
  listen(input, "change", () => take(input.files));

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  listen(document, "dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone.hidden = false;
  });
  listen(document, "dragleave", (event) => { if (!event.relatedTarget) zone.hidden = true; });
  listen(document, "drop", (event) => {
    zone.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const left = model.get("leave");
    const isLeft = ({ name }) => left.some((ending) => name.toLowerCase().endsWith(ending));
    take(Array.from(event.dataTransfer.files).filter((file) => !isLeft(file)));
  });
  listen(document, "paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length > 0) { event.preventDefault(); take(files); }
  });
  listen(camera, "click", () => photograph(texts, el).then(
    (file) => { if (file) take([file]); },
    (error) => {
      problems.replaceChildren();
      complain(fill(texts.no_camera, { reason: error.message || error.name }));
    },
  ));
  return () => gone.abort();
}

/* Shows what the camera sees; resolves to a picture, or to nothing after Cancel or Escape. */
async function photograph(texts, place) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const dialog = element("dialog", "ssdx-camera");
  const video = Object.assign(document.createElement("video"), {
    autoplay: true, muted: true, playsInline: true, srcObject: stream,
  });
  video.setAttribute("aria-label", texts.camera);
  const shoot = element("button", "jupyter-button mod-primary", texts.shoot);
  const cancel = element("button", "jupyter-button", texts.cancel);
  const buttons = element("div", "ssdx-upload-buttons");
  buttons.append(shoot, cancel);
  dialog.append(video, buttons);
  place.append(dialog);
  dialog.showModal();
  try {
    return await new Promise((resolve) => {
      cancel.onclick = () => resolve(null);
      dialog.oncancel = () => resolve(null);
      shoot.onclick = () => {
        if (!video.videoWidth) return; /* it has not begun to see */
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        const time = new Date().toTimeString().slice(0, 8).replaceAll(":", ".");
        canvas.toBlob(
          (blob) => resolve(new File([blob], `${texts.camera} ${time}.jpg`)), "image/jpeg", 0.92,
        );
      };
    });
  } finally {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
  }
}

export default { render };
