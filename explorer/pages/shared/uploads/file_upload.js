/* Files or a folder from the user's machine, however large.

   Files go in pieces, each when the kernel has answered the last: a message may be no larger than
   the server's limit, and the progress is that of what has arrived. */

const PIECE = 8 * 2 ** 20;

function element(kind, name, text = "") {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/* Files that were dropped, with their paths: folders are walked through. */
async function dropped(transfer) {
  /* All is taken at once: the list is empty as soon as anything is waited for. A file that was not
     dragged from the system, as out of another page, has no entry. */
  const items = Array.from(transfer.items, (item) => (
    { entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }
  ));
  const found = [];
  async function walk(entry) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) { /* it gives a hundred at a time */
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return;
      for (const each of some) await walk(each);
    }
  }
  for (const { entry, file } of items) {
    if (entry) await walk(entry);
    else if (file) found.push({ path: file.name, file });
  }
  return found;
}

function render({ model, el }) {
  const texts = model.get("texts");
  const gone = new AbortController(); /* takes the listeners on the document away */
  const listen = (target, kind, action) => target.addEventListener(kind, action, { signal: gone.signal });

  el.classList.add("ssdx-upload");
  const picker = (more) => {
    const input = Object.assign(element("input", ""), { type: "file", hidden: true, ...more });
    el.append(input);
    return input;
  };
  const buttons = element("div", "ssdx-upload-buttons");
  const press = (text) => Object.assign(element("button", "jupyter-button", text), { type: "button" });
  for (const { text, accept, folder, several } of model.get("pickers")) {
    const input = picker({ accept, webkitdirectory: folder, multiple: folder || several });
    const choose = press(text);
    listen(choose, "click", () => { input.value = ""; input.click(); });
    listen(input, "change", () => send(chosen(input)));
    buttons.append(choose);
  }
  const cancel = press(texts.cancel);
  buttons.append(element("span", "ssdx-muted ssdx-upload-hint", texts.hint));
  const sending = element("div", "ssdx-upload-buttons");
  const state = element("span", "ssdx-muted");
  state.setAttribute("role", "status");
  const bar = Object.assign(element("progress", "ssdx-upload-bar"), { max: 1, value: 0 });
  sending.append(state, bar, cancel);
  const problem = element("p", "ssdx-error ssdx-upload-problem");
  problem.setAttribute("role", "alert");
  const zone = element("div", "ssdx-dropzone", texts.drop);
  sending.hidden = problem.hidden = zone.hidden = true;
  el.append(buttons, sending, problem, ...(texts.drop ? [zone] : []));

  function complain(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }

  function nameOf(files) {
    const [name, ...more] = new Set(files.map(({ path }) => path.split("/")[0]));
    return more.length ? fill(texts.several, { name, more: more.length }) : name;
  }

  let number = 0;
  function ask(content, buffer) {
    return new Promise((resolve, reject) => {
      const id = ++number;
      function answered(message) {
        if (message.id !== id) return;
        model.off("msg:custom", answered);
        if (message.problem) reject(new Error(message.problem));
        else resolve();
      }
      model.on("msg:custom", answered);
      model.send({ ...content, id }, undefined, buffer ? [buffer] : []);
    });
  }

  let cancelled = false;
  let busy = false;
  async function send(files) {
    if (busy) return complain(texts.busy);
    if (files.length === 0) return complain(texts.empty);
    busy = true;
    cancelled = false;
    complain("");
    buttons.hidden = true;
    sending.hidden = false;
    const total = files.reduce((sum, each) => sum + each.file.size, 0);
    let sent = 0;
    const show = () => {
      bar.value = total ? sent / total : 0;
      state.textContent = fill(texts.sending, {
        done: (sent / 2 ** 20).toFixed(1), all: (total / 2 ** 20).toFixed(1),
      });
    };
    show();
    let failure = "";
    try {
      await ask({ what: "begin", bytes: total, name: nameOf(files) });
      for (const { path, file } of files) {
        let start = 0;
        do {
          if (cancelled) throw new Error("");
          const piece = await file.slice(start, start + PIECE).arrayBuffer();
          await ask({ what: "piece", path, first: start === 0 }, piece);
          start += piece.byteLength;
          sent += piece.byteLength;
          show();
        } while (start < file.size);
      }
      await ask({ what: "end" });
    } catch (error) {
      model.send({ what: "forget", id: 0 });
      failure = error.name === "NotFoundError" || error.name === "NotReadableError"
        ? texts.unreadable : error.message;
    }
    complain(failure);
    sending.hidden = true;
    buttons.hidden = false;
    busy = false;
  }

  const chosen = (input) => Array.from(input.files, (file) => ({
    path: file.webkitRelativePath || file.name, file,
  }));
  listen(cancel, "click", () => { cancelled = true; });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const endings = model.get("endings");
  const isMeant = ({ path }) => endings.length === 0
    || endings.some((ending) => path.toLowerCase().endsWith(ending));
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
    dropped(event.dataTransfer).then((files) => {
      const meant = files.filter(isMeant);
      if (meant.length > 0 || endings.length === 0) send(meant);
    }, () => complain(texts.unreadable));
  });
  return () => gone.abort();
}

export default { render };
