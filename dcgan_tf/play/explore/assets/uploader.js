// A field for one file. It is sent in pieces of 1 MB, because some servers close the connection on longer messages.
const PIECE = 1 << 20;

function render({ model, el }) {
  const input = element("input", { type: "file", accept: "image/*", "aria-label": "Choose a picture" });
  const status = element("span", { role: "status" });
  const field = element("label", { className: "dcgan-upload" }, input, status);
  el.append(field);

  async function send(file) {
    const upload = crypto.getRandomValues(new Uint32Array(2)).join("-");
    const { name, size } = file;
    if (size > model.get("limit")) {
      model.send({ kind: "refused", upload, name, size });
      return;
    }
    status.textContent = "Uploading...";
    model.send({ kind: "begin", upload, name });
    try {
      for (let start = 0; start < size; start += PIECE) {
        const piece = await file.slice(start, start + PIECE).arrayBuffer();
        model.send({ kind: "piece", upload }, undefined, [piece]);
      }
    } catch {
      status.textContent = "The file could not be read. Choose it again.";
      return;
    }
    model.send({ kind: "end", upload });
  }

  input.addEventListener("change", async () => {
    if (input.files.length) await send(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  field.addEventListener("dragover", (event) => event.preventDefault());
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
  });

  // The only message to this widget says that a file was processed. It ends "Uploading..." even if the status is the same.
  return follow(model, "change:status msg:custom", () => {
    status.textContent = model.get("status");
  });
}

export default { render };
