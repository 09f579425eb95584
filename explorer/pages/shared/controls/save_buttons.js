/* Buttons that save a file. The kernel makes it when it is asked for, and sends it as it is. */

function save(message, [content]) {
  const address = URL.createObjectURL(new Blob([content], { type: message.media_type }));
  Object.assign(document.createElement("a"), { href: address, download: message.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000); /* the browser may still be reading */
}

function render({ model, el }) {
  el.classList.add("ssdx-save");
  for (const [kind, label] of Object.entries(model.get("labels"))) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "jupyter-button", textContent: label });
    button.addEventListener("click", () => {
      const id = crypto.randomUUID?.() ?? String(Math.random());
      button.disabled = true;
      model.on("msg:custom", function answered(message, buffers) {
        if (message.id !== id) return;
        model.off("msg:custom", answered);
        button.disabled = false;
        if (buffers.length > 0) save(message, buffers);
      });
      model.send({ id, kind });
    });
    el.append(button);
  }
}

export default { render };
