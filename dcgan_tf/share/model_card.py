"""The texts of an export: its README and a card for a model hub, without paths of this machine.

The texts are in the templates beside this file, which computes their values.
"""

import json
import platform
import re
from importlib import import_module
from typing import Any

from markupsafe import Markup

from dcgan_tf.common.pixels import COLORS
from dcgan_tf.common.version import __version__
from dcgan_tf.draw.grids import MOST_NAMED
from dcgan_tf.draw.pages import number, plain, render_markdown
from dcgan_tf.judge.features import DEFAULT
from dcgan_tf.judge.registry import find_metric
from dcgan_tf.judge.scores import Score, read_scores
from dcgan_tf.judge.sentences import nothing_to_compare
from dcgan_tf.run.run import BEST, Run
from dcgan_tf.run.start import starts_of

SAVED_MODEL, ONNX, LITERT = "saved_model", "generator.onnx", "generator.tflite"
README, CARD, GRID, CLEAR = "README.md", "MODEL_CARD.md", "samples.png", "samples_alpha.png"
MARKER = "<!-- Written by dcgan-tf, whose next export replaces this folder. -->"
MADE_WITH = ("tensorflow", "keras", "numpy", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")


def describe_export(run: Run, files: dict[str, tuple[int, float]]) -> str:
    """Return the README of an export: its files, their differences from Keras, and how to use them.

    `files` holds the bytes of each and its largest difference from Keras as a share of the pictures' range.
    """
    versions = {"dcgan-tf": __version__, "Python": platform.python_version()}
    versions |= {name: getattr(import_module(name), "__version__", "unknown") for name in MADE_WITH}
    values = {
        "run": run,
        "marker": Markup(MARKER),
        "files": files,
        "card": CARD,
        "grid": GRID,
        "clear": CLEAR,
        "versions": versions,
    }
    values |= {"classes": [row[:2] for row in _class_rows(run)], "named": min(MOST_NAMED, run.config.classes)}
    return render_markdown("dcgan_tf.share", "export_readme.md.j2", values)


def model_card(run: Run) -> str:
    """Return the card of a run's generator, Markdown that begins with the YAML that model hubs read.

    Raises `DcganError` if scores.json is damaged.
    """
    data, scores = run.info["data"], read_scores(run.folder)
    values = {
        "run": run,
        "model_name": Markup(json.dumps(plain(run.title), ensure_ascii=False)),
        "color": COLORS[run.config.channels],
        "moment": _moment(run),
        "grid": GRID,
        "learned_from": [data, *starts_of(run.info)],
        "count": data["n"],
        "classes": _class_rows(run),
        "licences": sorted({licence_of(each) for each in (data, *starts_of(run.info))}),
        "settings": _settings(run),
        "scores": [_score_row(name, score) for name, score in scores.items()],
        "floors": sorted({str(score.get("floor_of", "unseen pictures")) for score in scores.values()}),
        "of_another_generator": any(score.get("generator") != run.weights for score in scores.values()),
        "by_imagenet": any(score.get("features") == DEFAULT for score in scores.values()),
        "near_copies": _near_copies(scores),
    }
    return render_markdown("dcgan_tf.share", "model_card.md.j2", values)


def licence_of(data: dict[str, Any]) -> str:
    """Return "mit", "Fruits-360", "Caltech-101" or "unknown" for `data` or `start` of run.json."""
    source = data.get("source")
    if source == "rendered":
        return "mit"
    if source == "Fruits-360":
        return "Fruits-360"
    return "Caltech-101" if re.search(r"caltech\W*101", data["title"], re.IGNORECASE) else "unknown"


def _moment(run: Run) -> str:
    """Return, as a clause, after how much training the generator was saved."""
    if run.weights == BEST:
        kimg = number((run.info.get("best") or {}).get("kimg"), 4, "-")
        return f"saved after {kimg} kimg, where it was best by its distance from the real pictures (KID)"
    kimg = f"after {number(run.kimg_done, 4, '-')} kimg, thousands of pictures shown"
    return kimg if run.state == "finished" else f"{kimg}; training is not finished ({run.state})"


def _class_rows(run: Run) -> list[tuple[str, ...]]:
    """Return the number and the name of each class, and how many pictures it has, as cells."""
    names, counts = run.config.class_names, run.info["data"].get("class_counts")
    counts = counts if isinstance(counts, list) and len(counts) == len(names) else [None] * len(names)
    cells = zip(names, counts, strict=True)
    return [(str(index), name, number(count, 4, "-")) for index, (name, count) in enumerate(cells)]


def _settings(run: Run) -> dict[str, object]:
    """Return the settings and versions for the card, by name."""
    config, environment, start = run.config, run.info["environment"], run.info.get("start")
    packages = environment.get("packages")
    found = {"python": environment.get("python")} | (packages if isinstance(packages, dict) else {})
    began = f"the networks of {start['title']}, {number(start['kimg'], 4, '-')} kimg" if start else ""
    return ({"began with": began} if began else {}) | {
        "kimg, thousands of pictures shown": f"{number(run.kimg_done, 4, '-')} of {config.kimg:g}",
        "seconds": number(run.info["seconds"], 4, "-"),
        "image size": "x".join(map(str, config.shape)),
        "precision of the step": environment["precision"],
        "batch size, loss": f"{config.batch_size}, {config.loss}",
        "learning rate": config.learning_rate,
        "widths of generator, discriminator": f"{config.generator_width}, {config.discriminator_width}",
        "seed": config.seed,
        "versions": ", ".join(f"{name} {version}" for name, version in found.items() if version),
    }


def _score_row(name: str, score: Score) -> tuple[str, ...]:
    """Return the cells of a score; "-" for values that a damaged or newer file lacks."""
    told = {} if nothing_to_compare(score) else score
    value, floor, ceiling, spread = (number(told.get(key), 4, "-") for key in ("value", "floor", "ceiling", "spread"))
    n = score["n"] if isinstance(score.get("n"), dict) else {}
    counts = f"{number(n.get('compared'), 4, '-')} compared with {number(n.get('real'), 4, '-')}"
    metric = find_metric(name)
    better = metric.better if metric else "-"
    return name, value if spread == "-" else f"{value} ± {spread}", floor, ceiling, better, counts


def _near_copies(scores: dict[str, Score]) -> str:
    """Return the shares of near-copies, each with its score's name, or ""."""
    copies = {name: score for name, score in scores.items() if name.startswith("near_copies")}
    shares = {name: number(score.get("value"), 4) for name, score in copies.items() if not nothing_to_compare(score)}
    return ", ".join(f"{name} {share}" for name, share in shares.items() if share)
