"use strict";

// The page is complete without this script, which hides, marks and plays parts of it and makes no network requests.

const root = document.documentElement;

function setUpTheme() {
  const button = document.getElementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const isDark = () => (chosen === null ? prefersDark.matches : chosen);
  const label = () => { button.textContent = isDark() ? "Light page" : "Dark page"; };
  button.addEventListener("click", () => {
    chosen = !isDark();
    root.dataset.theme = chosen ? "dark" : "light";
    label();
  });
  prefersDark.addEventListener("change", label);
  label();
  button.hidden = false;
}

function setUpFilm(figure) {
  const button = figure.querySelector(".play");
  const image = figure.querySelector("img");
  const still = image.src;
  let moving = null; // read from <noscript> when first played
  button.addEventListener("click", () => {
    const plays = figure.classList.toggle("plays");
    if (plays && moving === null) {
      const inside = new DOMParser().parseFromString(figure.querySelector("noscript").textContent, "text/html");
      moving = inside.querySelector("img").getAttribute("src");
    }
    image.src = plays ? moving : still;
    button.querySelector(".label").textContent = plays ? "Stop" : "Play";
  });
  button.hidden = false;
}

function setMark(cell, text) {
  cell.querySelector(".mark")?.remove();
  cell.classList.toggle("best", text.startsWith("best") || text.startsWith("as good"));
  if (text) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = text;
    cell.append(mark);
  }
}

// A number that is lower for a better score.
function badness(cell, better) {
  const value = Number(cell.dataset.value);
  return better === "lower" ? value : better === "higher" ? -value : Math.abs(value - 1);
}

function markScores(row) {
  const cells = [...row.querySelectorAll("td")];
  const shown = cells.filter((cell) => !cell.hidden && cell.dataset.group !== undefined);
  cells.forEach((cell) => setMark(cell, ""));
  for (const group of new Set(shown.map((cell) => cell.dataset.group))) {
    const rivals = shown.filter((cell) => cell.dataset.group === group);
    if (rivals.length < 2) {
      if (shown.length > 1) setMark(rivals[0], "cannot be compared");
      continue;
    }
    const best = rivals.reduce((one, other) =>
      badness(other, row.dataset.better) < badness(one, row.dataset.better) ? other : one);
    if (rivals.every((cell) => cell.dataset.value === best.dataset.value)) {
      rivals.forEach((cell) => setMark(cell, "equal"));
      continue;
    }
    for (const cell of rivals) {
      const behind = badness(cell, row.dataset.better) - badness(best, row.dataset.better);
      const chance = Math.max(Number(cell.dataset.spread), Number(best.dataset.spread));
      if (behind === 0) setMark(cell, `best of ${rivals.length}`);
      else if (behind <= chance) setMark(cell, "as good, within ±");
    }
  }
}

function markDifference(row, onlyDifferences) {
  const values = [...row.querySelectorAll("td")].filter((cell) => !cell.hidden).map((cell) => cell.textContent);
  const differs = new Set(values).size > 1;
  row.classList.toggle("differs", differs);
  const head = row.querySelector("th");
  head.querySelector(".mark")?.remove();
  if (differs) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = "differs";
    head.append(" ", mark);
  }
  row.hidden = onlyDifferences && !differs;
  return differs;
}

function setUpComparison() {
  const form = document.getElementById("choice");
  if (!form) return;
  const table = document.getElementById("comparison");
  const only = document.getElementById("only");
  const found = document.getElementById("found");
  const compare = () => {
    const chosen = new Set([...form.querySelectorAll("[name=run]:checked")].map((box) => box.value));
    for (const cell of table.querySelectorAll("[data-run]")) cell.hidden = !chosen.has(cell.dataset.run);
    const settings = [...table.querySelectorAll("tr.plain")];
    const differing = settings.filter((row) => markDifference(row, only.checked)).length;
    table.querySelectorAll("tr.score").forEach(markScores);
    table.classList.toggle("everything", !only.checked);
    for (const part of table.tBodies) part.hidden = ![...part.rows].slice(1).some((row) => !row.hidden);
    found.textContent = chosen.size < 2 ? "Choose at least two runs to compare."
      : `Of ${settings.length} lines on settings, pictures and machine, ${differing} differ between these ${chosen.size} runs.`;
  };
  form.addEventListener("change", compare);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  compare();
}

setUpTheme();
document.querySelectorAll("figure.film").forEach(setUpFilm);
setUpComparison();
