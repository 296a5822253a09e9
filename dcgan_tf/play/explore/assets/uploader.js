// A field for one file. It is sent in pieces of 1 MB, because some servers hang up on longer messages.
const PIECE = 1 << 20;

function render({ model, el }) {
  const field = document.createElement("label");
  const input = document.createElement("input");
  const status = document.createElement("span");
  field.className = "dcgan-upload";
  input.type = "file";
  input.accept = "image/*";
  input.setAttribute("aria-label", "Choose a picture");
  status.setAttribute("role", "status");
  field.append(input, status);
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

  const show = () => {
    status.textContent = model.get("status");
  };
  // Also a file that leaves the status as it was ends "Uploading...".
  const answered = (message) => {
    if (message.kind === "answered") show();
  };
  model.on("change:status", show);
  model.on("msg:custom", answered);
  show();
  return () => {
    model.off("change:status", show);
    model.off("msg:custom", answered);
  };
}

export default { render };
