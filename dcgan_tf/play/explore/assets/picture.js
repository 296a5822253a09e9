// One picture that changes in place. (The Image of ipywidgets has no alternative text.)
function render({ model, el }) {
  const image = element("img", { draggable: false });
  el.append(image);
  return follow(model, "change:address change:name", () => {
    image.src = model.get("address");
    image.alt = image.title = model.get("name");
  });
}

export default { render };
