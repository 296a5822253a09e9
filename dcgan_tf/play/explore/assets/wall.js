// A wall of pictures to click. Each is a button, so that keyboards and screen readers reach it.
function render({ model, el }) {
  const wall = document.createElement("div");
  wall.className = "dcgan-wall";
  wall.setAttribute("role", "group");
  el.append(wall);

  function cell(address, index) {
    const button = document.createElement("button");
    const image = document.createElement("img");
    const mark = document.createElement("span");
    button.type = "button";
    image.src = address;
    image.alt = model.get("names")[index] ?? `Picture ${index + 1}`;
    image.title = image.alt;
    image.draggable = false;
    mark.className = "dcgan-mark";
    button.append(image, mark);
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
    wall.setAttribute("aria-label", model.get("label"));
    wall.replaceChildren(...model.get("pictures").map(cell));
    mark();
  }

  model.on("change:pictures", draw);
  model.on("change:selected change:marks", mark);
  draw();
  return () => {
    model.off("change:pictures", draw);
    model.off("change:selected change:marks", mark);
  };
}

export default { render };
