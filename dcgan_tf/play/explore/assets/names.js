// ipywidgets gives its sliders no names for screen readers. This gives each handle the text of its label.
function name() {
  for (const slider of document.querySelectorAll(".dcgan-page .widget-slider")) {
    const label = slider.querySelector(".widget-label")?.textContent;
    for (const handle of slider.querySelectorAll(".noUi-handle:not([aria-label])")) {
      if (label) handle.setAttribute("aria-label", label);
    }
  }
}

function render() {
  const observer = new MutationObserver(name);
  observer.observe(document.body, { childList: true, subtree: true });
  name();
  return () => observer.disconnect();
}

export default { render };
