// A wall of pictures to click. Each is a button, so that it can be used by keyboard and with a screen reader.
function render({ model, el }) {
  const wall = element("div", { className: "dcgan-wall", role: "group", "aria-label": model.get("label") });
  el.append(wall);

  function cell(address, index) {
    const name = model.get("names")[index] ?? `Picture ${index + 1}`;
    const image = element("img", { src: address, alt: name, title: name, draggable: false });
    const button = element("button", { type: "button" }, image, element("span", { className: "dcgan-mark" }));
    button.addEventListener("click", () => model.send({ pick: index }));
    return button;
  }

  function mark() {
    [...wall.children].forEach((button, index) => {
      button.setAttribute("aria-pressed", String(index === model.get("selected")));
      button.lastChild.textContent = model.get("marks")[index] ?? "";
    });
  }

  function draw() {
    wall.replaceChildren(...model.get("pictures").map(cell));
    mark();
  }

  const ends = [follow(model, "change:pictures", draw), follow(model, "change:selected change:marks", mark)];
  return () => ends.forEach((end) => end());
}

export default { render };
