// A picture to paint on. The mask has one byte for each pixel of the picture, 1 where it is painted.
const LARGEST = 320; // pixels a side of the picture on the page
const PRESETS = {
  Centre: (x, y) => x >= 0.25 && x < 0.75 && y >= 0.25 && y < 0.75,
  "Left half": (x) => x < 0.5,
  "Right half": (x) => x >= 0.5,
};

function render({ model, el }) {
  const image = element("img", { alt: "The picture to repair", draggable: false });
  const canvas = element("canvas", {
    title: "Paint over the part to fill in",
    role: "img",
    "aria-label": "The painted part; the buttons below paint without a mouse",
  });
  const brush = element("input", { type: "range", min: "2", max: "40", value: "14" });
  const tools = element("div", { className: "dcgan-tools" });
  const easel = element("div", { className: "dcgan-easel" }, image, canvas);
  el.append(element("div", { className: "dcgan-painter" }, easel, tools));
  let [height, width] = [1, 1];
  let mask = new Uint8Array(1);
  let last = null;

  function show() {
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    mask.forEach((painted, index) => {
      // Stripes, visible on any picture.
      const stripe = (Math.floor(index / width) + (index % width)) % 4 < 2;
      pixels.data.set(painted ? [255, stripe ? 255 : 60, stripe ? 255 : 160, 235] : [0, 0, 0, 0], 4 * index);
    });
    context.putImageData(pixels, 0, 0);
  }

  function send() {
    model.send({ kind: "mask" }, undefined, [mask.slice().buffer]);
  }

  function fill(inside) {
    mask = mask.map((_, index) => {
      const [x, y] = [(index % width) + 0.5, Math.floor(index / width) + 0.5];
      return inside(x / width, y / height) ? 1 : 0;
    });
    show();
    send();
  }

  function restart() {
    [height, width] = model.get("size");
    mask = new Uint8Array(height * width);
    [canvas.width, canvas.height] = [width, height];
    easel.style.aspectRatio = `${width} / ${height}`;
    easel.style.maxWidth = `${LARGEST * Math.min(1, width / height)}px`;
    image.src = model.get("picture");
    easel.parentElement.hidden = !model.get("picture");
    show();
    send(); // the kernel must have the visible mask, whatever was painted before or in another view
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  function dab([x, y]) {
    const radius = Math.max(0.71, (Number(brush.value) / 200) * Math.max(width, height));
    for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(height - 1, y + radius); row++)
      for (let column = Math.max(0, Math.floor(x - radius)); column <= Math.min(width - 1, x + radius); column++)
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius) mask[row * width + column] = 1;
  }

  // Connect the points with strokes: a fast pointer reports only a few.
  function stroke(end) {
    const steps = Math.ceil(Math.hypot(end[0] - last[0], end[1] - last[1])) + 1;
    for (let step = 0; step <= steps; step++)
      dab([0, 1].map((axis) => last[axis] + ((end[axis] - last[axis]) * step) / steps));
    last = end;
    show();
  }

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last);
  });
  canvas.addEventListener("pointermove", (event) => last && stroke(place(event)));
  const lift = () => {
    if (last) send();
    last = null;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  const press = (label, action, title) => {
    const button = element("button", { type: "button", textContent: label, title });
    button.addEventListener("click", action);
    return button;
  };
  tools.append(
    element("label", { textContent: "Brush ", title: "Size of the brush" }, brush),
    press("Clear", () => fill(() => false), "Remove all paint"),
    ...Object.entries(PRESETS).map(([name, inside]) => press(name, () => fill(inside), "Paint over this part")),
  );
  return follow(model, "change:picture", restart);
}

export default { render };
