"""The gallery as one HTML page: nothing in it asks anything of anywhere, and no text in it can become markup."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from importlib import resources

from dcgan_tf.draw.grids import grid_shape
from dcgan_tf.judge.sentences import HELD_OUT
from dcgan_tf.share.gallery.entries import Entry
from dcgan_tf.share.gallery.gallery import Gallery
from dcgan_tf.share.gallery.pictures import Film, Picture
from dcgan_tf.share.gallery.table import breakable, draw_comparison

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' "
    "rx='4' fill='%232f6b46'/%3E%3Ccircle cx='8' cy='8' r='4.5' fill='%23d9ecc0'/%3E%3C/svg%3E"
)
LISTED = ("Pictures", "Trained", "Machine")  # facts that everybody sees; the others are folded away
FILM_TITLES = {
    "progress.gif": ("Learning", "the same pictures through training, from noise to the end"),
    "interpolation.gif": ("A walk through the latent space", "generated pictures that turn into one another"),
}


def draw_page(gallery: Gallery) -> str:
    """Return the whole page."""
    style, script = (_asset(f"gallery.{kind}") for kind in ("css", "js"))
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    count = len(gallery.entries)
    runs = "1 run" if count == 1 else f"{count} runs"
    parts = [
        _intro(gallery, runs),
        draw_comparison(gallery.entries),
        '<section aria-labelledby="runs"><h2 id="runs">Run by run</h2>',
        *(_article(index, entry) for index, entry in enumerate(gallery.entries)),
        "</section>",
        _left_out(gallery.left_out),
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Gallery of {runs} - dcgan-tf</title>
<link rel="icon" href="{ICON}">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the runs</a>
<main id="main" tabindex="-1">
{"".join(parts)}
</main>
<footer><p>Made with dcgan-tf. This page is one file that asks nothing of the network.</p></footer>
<script>{script}</script>
</body>
</html>
"""


def _asset(name: str) -> str:
    return resources.files("dcgan_tf.share.gallery").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression that allows exactly this style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _intro(gallery: Gallery, runs: str) -> str:
    """Return the head of the page and a card a run."""
    size = sum(len(still.source) for entry in gallery.entries for still in entry.pictures.stills.values())
    size += sum(len(film.source) for entry in gallery.entries for film in entry.pictures.films.values())
    cards = []
    for index, entry in enumerate(gallery.entries):
        mosaic = entry.pictures.stills.get("mosaic")
        shown = _image(mosaic, "", "pixels") if mosaic else '<span class="blank">no pictures</span>'
        cards.append(
            f'<li><a class="card" href="#run-{index}">{shown}<strong>{escape(entry.title)}</strong>'
            f"<span>{breakable(entry.name)}</span><span>{escape(entry.kimg)} kimg</span></a></li>"
        )
    return f"""<header>
<div class="top"><p class="brand">dcgan-tf</p>
<button type="button" id="theme" hidden>Dark page</button></div>
<h1>What {runs} learned to draw</h1>
<p class="lead">None of these pictures is a photo: small networks drew them after looking at a folder of pictures.
The photos themselves (real.png, neighbors.png) are left out, since not everybody may share them.
About {max(1, round(size / 1e6)):,} MB, all in this one file.</p>
<noscript><p>Without scripts, the table shows everything and films stand below their pictures.</p></noscript>
<ul class="cards">{"".join(cards)}</ul>
</header>
"""


def _image(picture: Picture, alt: str, kind: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<img{kind} src="{picture.source}" alt="{escape(alt)}" {size} loading="lazy" decoding="async">'


def _article(index: int, entry: Entry) -> str:
    """Return everything about one run."""
    when = _moment(entry.finished)
    warnings = "".join(
        f'<p class="warning"><strong>Training warned:</strong> {escape(it.removeprefix("Warning: "))}</p>'
        for it in entry.warnings
    )
    notes = " ".join(entry.pictures.notes + entry.notes)
    rest = {label: fact for label, fact in entry.facts.items() if label not in LISTED}
    return f"""<article id="run-{index}" tabindex="-1" aria-labelledby="title-{index}">
<h3 id="title-{index}">{escape(entry.title)} <small>{breakable(entry.name)}</small></h3>
<div class="first">{_samples(entry)}<div>
{when}{_facts((label, entry.facts[label]) for label in LISTED if label in entry.facts)}
{warnings}{f'<p class="note">{escape(notes)}</p>' if notes else ""}
</div></div>
{_films_and_curves(entry)}
{_scores(entry)}
<details><summary>Settings</summary>{_facts(entry.config.items(), "settings")}</details>
<details><summary>More about pictures and machine</summary>{_facts(rest.items())}</details>
<p class="back"><a href="#main">Back to the top</a></p>
</article>
"""


def _moment(finished: str) -> str:
    if not finished:
        return ""
    at = datetime.fromisoformat(finished)
    return f'<p class="when">Finished on <time datetime="{escape(finished)}">{at.day} {at:%B %Y, %H:%M %Z}</time></p>'


def _facts(pairs: Iterable[tuple[str, str]], kind: str = "facts") -> str:
    rows = (f"<div><dt>{escape(label)}</dt><dd>{escape(fact)}</dd></div>" for label, fact in pairs)
    return f'<dl class="{kind}">{"".join(rows)}</dl>'


def _samples(entry: Entry) -> str:
    """Return the last grid of training, if there is one."""
    samples, count = entry.pictures.stills.get("samples"), grid_shape(entry.image_size)[2]
    alt = f"Grid of {count} pictures that {entry.name} ({entry.title}) generated at the end of training"
    return _figure(_image(samples, alt), "At the end", f"{count} pictures, none of them a photo") if samples else ""


def _films_and_curves(entry: Entry) -> str:
    """Return the other pictures of a run that there are."""
    films = "".join(_film(entry, film, *FILM_TITLES[file]) for file, film in entry.pictures.films.items())
    films = f'<div class="films">{films}</div>' if films else ""
    if curves := entry.pictures.stills.get("curves"):
        alt = f"Curves of {entry.name} over kimg: both losses, the discriminator's scores and, if measured, KID"
        return films + _figure(_image(curves, alt), "Curves", "what to look for is written above each")
    return films


def _figure(inside: str, title: str, caption: str, kind: str = "") -> str:
    """Return a figure with its caption."""
    kind = f' class="{kind}"' if kind else ""
    return f"<figure{kind}>{inside}<figcaption><strong>{title}</strong> {caption}</figcaption></figure>"


def _film(entry: Entry, film: Film, title: str, caption: str) -> str:
    """Return a figure with a still picture; the film waits in <noscript>, where it costs no browser anything."""
    alt = f"{title}: {caption}, of {entry.name} ({entry.title})"
    still = _image(film.still, alt)
    moving = f'<details><summary>Play</summary><img src="{film.source}" alt="{escape(alt)}"></details>'
    button = (
        '<button type="button" class="play" hidden><span class="label">Play</span> '
        f'<span class="unseen">{title.lower()}, {escape(entry.name)}</span></button>'
    )
    return _figure(f"{still}{button}<noscript>{moving}</noscript>", title, caption, "film")


def _scores(entry: Entry) -> str:
    """Return the table that the notebook shows, a sentence a score."""
    if not entry.sentences:
        return ""
    first = next(iter(entry.scores.values()))
    real = "unseen photos" if first["floor_of"] == HELD_OUT else "other training photos"
    heads = ("score", "generated", real, "untrained", "what it means here")
    return f"""<details><summary>Scores</summary>
<div class="scroll" role="region" tabindex="0" aria-label="Scores of {escape(entry.name)}">
<table class="scores"><caption class="unseen">Scores of {escape(entry.name)}</caption>
<thead><tr>{"".join(f'<th scope="col">{head}</th>' for head in heads)}</tr></thead>
<tbody>{"".join(_score_row(row) for row in entry.sentences)}</tbody></table></div>
<p class="note">'Untrained' is what noise gets. Compare numbers only with the same score of other runs on the same
pictures and at the same size ({escape(str(first.get("resolution", "")))}).</p></details>"""


def _score_row(row: Sequence[str]) -> str:
    _, *numbers, sentence = (escape(cell) for cell in row)
    cells = "".join(f'<td class="number">{cell}</td>' for cell in numbers)
    return f'<tr><th scope="row">{breakable(row[0])}</th>{cells}<td class="sentence">{sentence}</td></tr>'


def _left_out(sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<section aria-labelledby="left-out"><h2 id="left-out">Not shown</h2><ul>{items}</ul></section>'
