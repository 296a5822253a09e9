"""The texts beside an exported generator: its README, and a card for a model hub. Neither names a path of the machine.

Titles, names and versions in a run folder may come from anywhere: `plain` makes one line of them, and `cell` text that
Markdown shows as it is.
"""

import json
import platform
import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import cut_paths, one_line, why
from dcgan_tf.common.version import __version__
from dcgan_tf.judge.sentences import Score
from dcgan_tf.run.run import BEST, Run

SAVED_MODEL, ONNX, LITERT = "saved_model", "generator.onnx", "generator.tflite"
KINDS = {SAVED_MODEL: "TensorFlow SavedModel", ONNX: "ONNX, for ONNX Runtime", LITERT: "LiteRT (TensorFlow Lite)"}
BREAK = "\n\n"  # between paragraphs
README, CARD, GRID = "README.md", "MODEL_CARD.md", "samples.png"
MARKER = "<!-- Written by dcgan-tf, whose next export replaces this folder. -->"
MADE_WITH = ("tensorflow", "keras", "numpy", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&:@])")  # what Markdown may take for more than text

SOURCES = {
    "rendered": "drawn by dcgan-tf itself",
    "Fruits-360": "Fruits-360 by Mihai Oltean, https://www.kaggle.com/datasets/moltean/fruits",
    "folder": "a folder of whoever trained it",
}
RENDERED = "The pictures were drawn by dcgan-tf itself, and are under the MIT licence, as it is."
FRUITS = "The pictures are those of Fruits-360 by Mihai Oltean, CC BY-SA 4.0: name it, and share alike."
CALTECH = "By their title the pictures are those of Caltech-101, CC BY 4.0: name it."
UNKNOWN = "The licence of the pictures is not known here: ask whoever made the pictures."
UP_TO_YOU = """The licence of these weights follows from that of the pictures, and whoever publishes them states it.
Replace `license` and `license_name` above."""

# Lines of use, as they can be pasted in the folder of the export.
START = """\
import numpy as np
{module}
latents = np.random.default_rng(0).standard_normal((16, {latent_dim}), dtype=np.float32)
"""
TENSORFLOW = """\
model = tf.saved_model.load("saved_model")
pictures = model.serve(latents)["pictures"].numpy()"""
ONNX_RUNTIME = """\
session = onnxruntime.InferenceSession("generator.onnx", providers=["CPUExecutionProvider"])
pictures = session.run(["pictures"], {"latents": latents})[0]"""
INTERPRETER = """\
interpreter = Interpreter("generator.tflite")
taken, given = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
interpreter.resize_tensor_input(taken, latents.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(taken, latents)
interpreter.invoke()
pictures = interpreter.get_tensor(given)"""
USES = {
    SAVED_MODEL: ("import tensorflow as tf", TENSORFLOW),
    ONNX: ("import onnxruntime", ONNX_RUNTIME),
    LITERT: ("from ai_edge_litert.interpreter import Interpreter", INTERPRETER),
}


def plain(text: object) -> str:
    """Return any text as one line of printable characters, and of paths of a machine their last parts alone."""
    return " ".join(cut_paths(one_line(str(text))).split()) or "untitled"


def cell(text: object) -> str:
    """Return any text such that Markdown shows it as it is, in a table too."""
    return SPECIAL.sub(r"\\\1", plain(text))


def describe_export(run: Run, files: dict[str, tuple[int, float]]) -> str:
    """Return the README of an export: what each file is, how far it is from Keras, how to use it.

    `files` has the bytes of each and its largest difference from Keras as a share of the pictures' range.
    """
    rows = [(f"`{name}`", KINDS[name], f"{size:,}", f"{difference:.1e}") for name, (size, difference) in files.items()]
    modules = {name: import_module(name) for name in MADE_WITH}
    versions = [f"{name} {cell(getattr(module, '__version__', 'unknown'))}" for name, module in modules.items()]
    uses = [f"## {KINDS[name]}\n\n{_code(name, run)}" for name in files]
    return f"""{MARKER}
# {cell(run.title)}: the generator, for other runtimes

Each takes `latents`, float32 [n, {run.config.latent_dim}], standard normal, n free, and gives `pictures`,
{_shape(run, "n")} in [-1, 1]; in 8 bits `np.clip(np.rint((pictures + 1) * 127.5), 0, 255).astype(np.uint8)`.
The weights are those of `{run.weights}`.

{_table(("file", "what it is", "bytes", "difference"), rows)}

The difference is the largest from what Keras gives for the same 64 latents, each file opened in its own runtime, as a
share of the pictures' range of 2. More than 1e-3 would not have been written.

`{CARD}` is for a model hub, which takes it as README.md; `{GRID}` shows pictures of the same latents as below.

{BREAK.join(uses)}

## Made with

dcgan-tf {__version__}, Python {platform.python_version()}, {", ".join(versions)}
"""


def model_card(run: Run) -> str:
    """Return the card of a run's generator, Markdown that begins with the YAML which model hubs read.

    Raises `DcganError` where scores.json is there, but is not what `evaluate` writes.
    """
    data, scores, size = run.info["data"], read_scores(run), run.config.image_size
    color = "RGB" if run.config.channels == 3 else "gray"
    licence, note = licence_of(data)
    sections = {
        "Pictures it learned from": _table(
            ("title", "source", "number"),
            [(cell(run.title), SOURCES.get(str(data.get("source")), "not known"), f"{data['n']:,}")],
        ),
        "Licence": note,
        "Training": _table(("setting", "value"), _settings(run)),
        "Scores": _tell_scores(run, scores),
        "Limits": _limits(data["n"], scores),
        "How to use": _code(ONNX, run),
    }
    return f"""---
library_name: keras
pipeline_tag: unconditional-image-generation
{licence}
model_name: {json.dumps(plain(run.title), ensure_ascii=False)}
tags: [gan, dcgan, image-generation, tensorflow, keras, onnx, tflite]
---

# {cell(run.title)}: a small GAN

Turns {run.config.latent_dim} random numbers into a picture that never existed, {size}x{size} pixels, {color},
in the manner of those it learned from. It is the averaged generator of a DCGAN (arXiv 1511.06434),
{_moment(run)}.

![Generated pictures]({GRID})

{BREAK.join(f"## {head}{BREAK}{text}" for head, text in sections.items())}
"""


def licence_of(data: dict[str, Any]) -> tuple[str, str]:
    """Return the licence as lines of YAML, and sentences on it, for the `data` of run.json."""
    source = data.get("source")
    if source == "rendered":
        return "license: mit", f"{RENDERED} So are these weights."
    by_title = CALTECH if re.search(r"caltech\W*101", data["title"], re.IGNORECASE) else UNKNOWN
    return "license: other\nlicense_name: to-be-stated", f"{FRUITS if source == 'Fruits-360' else by_title} {UP_TO_YOU}"


def read_scores(run: Run) -> dict[str, Score]:
    """Return what `evaluate` wrote of a run, nothing where it did not; raises `DcganError` for a damaged file."""
    path = run.folder / "scores.json"
    try:
        scores = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        found = why(error)
    else:
        if isinstance(scores, dict) and all(isinstance(score, dict) for score in scores.values()):
            return scores
        found = "no scores by name"
    raise DcganError(f"{path} should be JSON, as `evaluate` writes it. Received: {found}. Evaluate the run again.")


def _moment(run: Run) -> str:
    """Return when in training the generator was so, as half a sentence."""
    if run.weights == BEST:
        kimg = _number((run.info.get("best") or {}).get("kimg"))
        return f"as it was after {kimg} kimg, where its distance from the real pictures (KID) was lowest"
    kimg = f"after {_number(run.kimg_done)} kimg, thousands of pictures shown"
    return kimg if run.state == "finished" else f"{kimg}; training is not finished ({run.state})"


def _settings(run: Run) -> list[tuple[str, str]]:
    """Return the settings that matter, by name."""
    config, environment = run.config, run.info["environment"]
    packages = environment.get("packages")
    found = {"python": environment.get("python")} | (packages if isinstance(packages, dict) else {})
    values = {
        "kimg, thousands of pictures shown": f"{_number(run.kimg_done)} of {config.kimg:g}",
        "seconds": _number(run.info["seconds"]),
        "image size": f"{config.image_size}x{config.image_size}x{config.channels}",
        "precision of the step": environment["precision"],
        "batch size, loss": f"{config.batch_size}, {config.loss}",
        "learning rate": config.learning_rate,
        "widths of generator, discriminator": f"{config.generator_width}, {config.discriminator_width}",
        "seed": config.seed,
        "versions": ", ".join(f"{name} {version}" for name, version in found.items() if version),
    }
    return [(name, cell(value)) for name, value in values.items()]


def _tell_scores(run: Run, scores: dict[str, Score]) -> str:
    """Return the scores as a table, or that there are none."""
    if not scores:
        return "There are none yet: run `evaluate`."
    rows = []
    for name, score in scores.items():
        value, floor, ceiling, spread = (_number(score.get(key)) for key in ("value", "floor", "ceiling", "spread"))
        n = score["n"] if isinstance(score.get("n"), dict) else {}
        counts = f"{_number(n.get('compared'))} compared with {_number(n.get('real'))}"
        rows.append((cell(name), value if spread == "-" else f"{value} ± {spread}", floor, ceiling, counts))
    floors = {cell(score.get("floor_of", "unseen pictures")) for score in scores.values()}
    judged = all(score.get("generator") == run.weights for score in scores.values())
    other = "" if judged else "\n\n**They are those of another generator of the same run.**"
    return f"""{_table(("score", "generated", "floor", "ceiling", "n"), rows)}

The floor is the same score of real pictures ({"; ".join(sorted(floors))}), the ceiling that of the untrained generator.
Of better pictures precision, recall, density and coverage are larger, KID, FID and SWD smaller.{other}"""


def _limits(count: int, scores: dict[str, Score]) -> str:
    """Return what not to expect, with the share of near-copies where it is known."""
    shares = {name: score.get("value") for name, score in scores.items() if name.startswith("near_copies")}
    known = [f"{cell(name)} {_number(share)}" for name, share in shares.items() if _number(share) != "-"]
    copies = f"The share of near-copies, of which 0.05 would be chance: {', '.join(known)}." if known else ""
    return f"""- It learned from {count:,} pictures, and makes nothing that is not among their kinds.
- Generated pictures may resemble those it learned from. {copies or "How many do is not measured yet: run `evaluate`."}
- Scores compare with others of the same pictures and size alone."""


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:  # which NaN is not
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _shape(run: Run, count: object) -> str:
    return f"float32 [{count}, {run.config.image_size}, {run.config.image_size}, {run.config.channels}]"


def _code(name: str, run: Run) -> str:
    module, lines = USES[name]
    start = START.format(module=module, latent_dim=run.config.latent_dim)
    return f"```python\n{start}{lines}  # {_shape(run, 16)} in [-1, 1]\n```"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ["---" for _ in heads], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
