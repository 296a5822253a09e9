// Prepended to the script of each widget, because the page loads each script on its own.

// Return a new element with these properties, attributes and children.
function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Call `show` now and at each of these events of the model; return a function that stops that.
function follow(model, events, show) {
  model.on(events, show);
  show();
  return () => model.off(events, show);
}
