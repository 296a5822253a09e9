// One picture that changes in place. (The Image of ipywidgets has no text for who cannot see it.)
function render({ model, el }) {
  const image = document.createElement("img");
  image.draggable = false;
  el.append(image);
  function show() {
    image.src = model.get("address");
    image.alt = image.title = model.get("name");
  }
  model.on("change:address change:name", show);
  show();
  return () => model.off("change:address change:name", show);
}

export default { render };
