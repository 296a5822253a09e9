"""Every result in `results/` as Markdown tables, in `results/README.md`."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.inverse.table import describe as inverse
from benchmarks.shared.options import parser_of
from benchmarks.shared.report import file_stem, ratio_of, read_results, table
from benchmarks.speed.cases import INGREDIENTS, LAYER_PARTS, PRECISIONS

PEER_COLUMNS = {
    "tutorial": "TF tutorial",
    "tutorial, oneDNN": "the same, oneDNN on",
    "keras-io": "keras.io",
    "torch float32": "PyTorch example",
    "torch bfloat16": "the same, bfloat16",
    "lightweight-gan": "lightweight-gan",
}


def speed(found: dict) -> str:
    """Show each processor's rates of our step against the peers'."""
    parts = [
        "How many times as fast our step is, batches of 64, for presets of 16, median of the turns (least to most). In "
        "brackets after our images/s: the step's operations as a share of the machine's best matrix product. Then the "
        "seconds of the first step, compiling included, and the peak memory of the process in MiB (PyTorch's process "
        "also holds TensorFlow, which plans the networks)."
    ]
    for processor, measured in found["processors"].items():
        limits = ", ".join(
            f"{each * 1000:.0f} GFLOP/s in {precision}" for precision, each in measured["limits"].items()
        )
        parts.append(f"**{processor}**, {where(measured['machine'])}; {measured['rounds']} turns; {limits}")
        rows, starts = [], []
        for case, result in measured["cases"].items():
            ours = result["rows"]["ours"]
            starts.append([case, *(start_of(result["rows"].get(peer)) for peer in ("ours", *PEER_COLUMNS))])
            share = f"{ours['img_per_s']:.0f} ({ours['tflops'] / max(measured['limits'].values()):.0%})"
            rows.append([case, share, *(ratio_of(result["rows"].get(peer)) for peer in PEER_COLUMNS)])
        parts.append(table(["networks", "ours, images/s", *PEER_COLUMNS.values()], rows))
        parts.append(table(["networks", "ours", *PEER_COLUMNS.values()], starts))
    return "\n\n".join(parts)


def precision_choice(found: dict) -> str:
    """Show each processor's rates in each precision."""
    parts = ["Images/s, and in brackets how many times as fast as float32 (least to most of the turns)."]
    for processor, measured in found["processors"].items():
        rows = [[case, *(relative(row) for row in ways.values())] for case, ways in measured["cases"].items()]
        parts += [f"**{processor}**, {where(measured['machine'])}", table(["networks", *PRECISIONS.values()], rows)]
    return "\n\n".join(parts)


def relative(row: dict) -> str:
    """Return a rate, and how many times the first row's it is."""
    if "missing" in row:
        return row["missing"]
    low, high = 1 / row["ratio_high"], 1 / row["ratio_low"]
    return f"{row['img_per_s']:.0f} ({1 / row['ratio']:.2f}, {low:.2f} to {high:.2f})"


def layers(found: dict) -> str:
    """Show, for each processor and network, what the layers' parts take and which share of the peak they reach."""
    parts = [
        "Milliseconds of all layers of both networks, one after the other, for a batch, and the share of the rate of a "
        "large matrix product in the same precision. The JSON has each layer."
    ]
    for processor, measured in found["processors"].items():
        for case, ways in measured["cases"].items():
            parts.append(f"**{case}**, {processor}, {where(measured['machine'])}")
            rows = [[way, f"{each['peak_gflops']:.0f}", *shares(each)] for way, each in ways.items()]
            parts.append(table(["way", "peak, GFLOP/s", *LAYER_PARTS, "together"], rows))
    return "\n\n".join(parts)


def shares(way: dict) -> list[str]:
    """Return the time and the share of the peak of each part of the layers, and of all together."""
    needed = sum(row["mflop"] for row in way["rows"]) / way["peak_gflops"]
    times = [sum(row[part] for row in way["rows"]) for part in LAYER_PARTS]
    both = [*((needed, time) for time in times), (needed * len(times), sum(times))]
    return [f"{time:.1f} ({least / time:.0%})" for least, time in both]


def gpu(found: dict) -> str:
    """Show the step by XLA, and PyTorch's networks, on a card."""
    heads = ["case", "way", "images/s", "ms a step", "compiled in s", "equal twice"]
    rows = [
        [row["case"], row["way"], row["missing"], "", "", ""]
        if "missing" in row
        else [row["case"], row["way"], f"{row['img_per_s']:,.0f}", f"{row['step_ms']:.2f}", f"{row['compile_s']:.1f}",
              str(row.get("equal_twice", ""))]
        for row in found["rows"]
    ]  # fmt: skip
    return table(heads, rows)


def start_of(row: dict | None) -> str:
    """Return how long the first step took and how much memory the process had at its peak."""
    return "" if not row or "missing" in row else f"{row['first_step_seconds']:.1f} s, {row['peak_mib']:,.0f} MiB"


def ingredients(found: dict) -> str:
    """Show our step against itself with one thing changed."""
    names = list(next(iter(found["cases"].values())))
    rows = [
        [INGREDIENTS[name], *(ratio_of(rows[name]) for rows in found["cases"].values())]
        for name in names
        if name != "ours"
    ]
    return "\n\n".join(
        [
            f"How many times as fast our step is as with one thing changed, batches of 64, median "
            f"of {found['rounds']} turns (least to most). On a shared machine a few hundredths are noise.",
            table(["changed", *found["cases"]], rows),
        ]
    )


def overheads(found: dict) -> str:
    """Show what a run costs beside its steps."""
    names = {
        "import_added_s": "seconds that importing the library adds to TensorFlow and Keras",
        "decoded_photos_per_s": "photos a second that are read, 100x100 JPEG to 64x64",
        "sampled_pictures_per_s": "pictures a second that the kiwi generator draws",
        "gif_of_50_frames_s": "seconds to write a GIF of 50 frames",
        "bytes_per_pixel_byte": "bytes of memory for each byte of pixels, at the peak of training",
        "run_wall_s": f"seconds of `make run-kiwi KIMG={found['run_kimg']:g}`",
        "run_training_share": "share of them spent in training steps",
    }
    return table(["", "measured"], ([text, f"{found[name]:,.2f}"] for name, text in names.items()))


def scaling(found: dict) -> str:
    """Show how the cost grows."""
    columns = {"image_size": "d", "width": "d", "gflop_per_image": ".2f", "img_per_s": ",.0f", "tflops": ".3f"}
    speeds = ([format(row[name], spec) for name, spec in columns.items()] for row in found["speeds"])
    starts = (
        [f"{row['pictures']:,}", f"{row['reading_s']:.1f}", f"{row['to_first_step_and_end_s']:.1f}"]
        for row in found["starts"]
    )
    return "\n\n".join(
        [
            table(["image size", "width", "GFLOP an image", "images/s", "TFLOP/s"], speeds),
            table(["pictures", "seconds to read them", "seconds until a run of one step has ended"], starts),
        ]
    )


def precision(found: dict) -> str:
    """Show losses and gradients of both precisions."""
    names = ("g_loss", "d_loss", "real_score", "fake_score", "generator_cosine", "discriminator_cosine")
    rows = (
        [str(row["seed"]), row["precision"], *(f"{row[name]:.4f}" if name in row else "" for name in names)]
        for row in found["rows"]
    )
    text = (
        f"{found['data']}, {found['kimg']:g} kimg: means over the last quarter, and the cosine of the angle between "
        "the gradients of both precisions at the end of the float32 run."
    )
    return "\n\n".join([text, table(["seed", "precision", *names], rows)])


def judge_cost(found: dict) -> str:
    """Show what judging takes of a run's time."""
    rows = (
        [name, *(f"{row[key]:.2f}" for key in ("point_s", "training_between_s")), f"{row['share']:.1%}"]
        + [f"{row['evaluate_s']:.0f}"]
        for name, row in found["presets"].items()
    )
    heads = ["preset", "a point of the KID curve, s", "training between two, s", "share", "`evaluate` after it, s"]
    memory = found["memory"]
    text = f"Features of {memory['pictures']:,} pictures take {memory['mib']:.0f} MiB beside the pictures themselves."
    return f"{table(heads, rows)}\n\n{text}"


def quality(found: dict, results: Path) -> str:
    """Show the cells of the quality benchmark, each set in the tables that it prints."""
    from benchmarks.quality.recipes import is_of_today  # TensorFlow, which no other table needs
    from benchmarks.quality.scores import describe, group, picture_name

    rows = [row for row in found["rows"] if not row["tuning"] and is_of_today(row)]
    commits = sorted({(row["machine"]["git_commit"] or "unknown")[:7] for row in rows})
    parts = [
        f"Cells were trained by commits {', '.join(commits)}, each on one core for twice the minutes of two.",
        "Anywhere: `python -m benchmarks.quality --data FOLDER `, with `fruits-360_100x100` and "
        "`vehicles` (a folder a class) below FOLDER.",
    ]
    later = [row for row in rows if "settings_added_later" in row]
    if later:
        fields = ", ".join(sorted({field for row in later for field in row["settings_added_later"]}))
        parts.append(
            f"{len(later)} rows are of commits that did not have {fields} yet; the value shown is what they did."
        )
    for name, seconds in dict.fromkeys(group(row) for row in rows):
        compared = [row for row in rows if group(row) == (name, seconds)]
        scored = {key for row in compared for key in row if isinstance(row[key], dict) and f"kid_{key}" in row[key]}
        networks = sorted(scored)
        parts.append(f"{describe(name, compared, networks).replace('## ', '### ').strip()}\n\n{trained_on(compared)}")
        picture = picture_name(name, seconds)
        parts += [f"![Some of each recipe]({picture})"] if (results / picture).is_file() else []
    return "\n\n".join(part.strip() for part in parts)


def trained_on(rows: list[dict]) -> str:
    """Return which processors the rows were trained on."""
    named = sorted({f"{row['machine']['processor']} ({', '.join(row['machine']['units'])})" for row in rows})
    return f"Trained on {'; '.join(named)}."


def trials(found: dict) -> str:
    """Show what was tried on the tuning split."""
    from benchmarks.quality.recipes import is_of_today  # TensorFlow, as above
    from benchmarks.quality.scores import describe, group

    rows = [row for row in found["rows"] if is_of_today(row)]
    parts = [
        "Ingredients, trained on four fifths of the training photos and judged by the rest. One seed is a filter, not "
        "a claim: seeds differ by a tenth, and up to more than twice where one of them loses a kind of picture."
    ]
    for name, seconds in dict.fromkeys(group(row) for row in rows):
        compared = [row for row in rows if group(row) == (name, seconds)]
        described = describe(name, compared, ["imagenet"]).replace("## ", "### ").strip()
        parts.append(f"{described}\n\n{trained_on(compared)}")
    return "\n\n".join(part.strip() for part in parts)


def endurance(found: dict) -> str:
    """Show what longer training made of the pictures."""
    names = ("kid", "kid_held_out", "precision", "recall", "near_copies", "novelty", "real_score", "fake_score")
    heads = ["KID, training photos", "KID, unseen photos", "precision", "recall", "near-copies", "novelty"]
    heads += ["D of real", "D of generated"]
    parts = ["![KID through training](endurance.png)"]
    for name, result in found["runs"].items():
        rows = (
            [f"{row['kimg']:.0f}", f"{row['seconds'] / 60:.0f}"]
            + [f"{1000 * row[key]:.1f}" if "kid" in key else f"{row[key]:.3g}" for key in names]
            for row in result["rows"]
        )
        commit = (result["machine"]["git_commit"] or "unknown")[:7]
        text = f"**{name}**, features: {result['features']}, trained by commit {commit}; KID times 1000 above floor"
        parts += [text, table(["kimg", "minutes", *heads], rows)]
        parts.append(f"![{name}, both lengths]({file_stem('endurance', name)}.png)")
    return "\n\n".join(parts)


def kinds(found: dict) -> str:
    """Show what the distance of generated pictures is made of."""
    from benchmarks.quality.kinds import LOST, describe  # TensorFlow, as above

    text = (
        "KID times 1000 by imagenet against the training photos; of kinds: that of the photos nearest to the generated "
        "pictures; of looks: of the pictures to these photos. Kinds are clusters of thumbnails; one is lost if the "
        f"pictures show less than {LOST:g} of its share. Means over the seeds (least to most)."
    )
    return f"{text}\n\n{describe(found['rows'])}"


def start(found: dict) -> str:
    """Show what a start from a finished run brings."""
    from benchmarks.quality.start import describe  # TensorFlow, as above

    text = f"{found['photos']} training photos each, KID times 1000 by imagenet; the start was trained on apples."
    return f"{text}\n\n{describe(found['rows'])}"


def exam(found: dict) -> str:
    """Show what judges make of changes whose order is known."""
    from benchmarks.judge.exam import DISTANCES, describe, describe_counts, describe_faults  # TensorFlow, as above

    parts = [f"By {kind}:\n\n{describe(found['rows'], kind)}" for kind in DISTANCES]
    parts += ["Photos with a known fault: the blur that they read, and the fault that is named if it is another:"]
    parts += [describe_faults(found["faults"])]
    return "\n\n".join([*parts, "Mean and deviation at several numbers of pictures:", describe_counts(found["rows"])])


def soak(found: dict) -> str:
    """Show how runs ended that were killed again and again."""
    heads = ["precision", "kills (start, training, checkpoint, GIF)", "left half written (checkpoints, GIFs)"]
    heads += ["failed resumes", "most lost, steps", "of training, seconds", "an interval, seconds", "after steps"]
    heads += ["the same", "commit"]
    rows = []
    for precision, row in found["rows"].items():
        kills = ", ".join(str(row["kills"][kind]) for kind in ("start", "training", "checkpoint", "gif"))
        halves = ", ".join(str(row["half_written"][kind]) for kind in ("checkpoint", "gif"))
        same = ", ".join(f"{name}: {'yes' if equal else 'NO'}" for name, equal in row["identical"].items())
        rows.append([precision, f"{sum(row['kills'].values())} ({kills})", halves, str(row["failed_resumes"])])
        rows[-1] += [f"{row['lost_steps']:,}", f"{row['lost_seconds']:.1f}", f"{row['interval_seconds']:g}"]
        rows[-1] += [f"{row['steps']:,}", same, row["commit"][:7]]
    return "\n\n".join(
        [
            "Small networks at 32x32, all augmentation on: a run that was killed by SIGKILL and resumed until it ended "
            "against one that was never killed. Compared: all weights of both networks, the average and both "
            "optimizers; history and KID curve but for the clock; the bytes of every grid and GIF.",
            table(heads, rows),
        ]
    )


def doctor(found: dict) -> str:
    """Show how long the doctor takes."""
    rows = (
        [f"{row['photos']:,}", f"{row['width']}x{row['height']}", *(f"{row[key]:.1f}" for key in ("seconds", "core_s"))]
        for row in found["rows"]
    )
    return table(["JPEGs", "pixels", "seconds of `dcgan-tf doctor`", "of one core"], rows)


def growth(found: dict) -> str:
    """Show what many pictures cost."""
    heads = ["pictures", "kept", "seconds before training", "img/s", "MiB beyond the first row"]
    keys = ("before_training_s", "img_per_s", "beyond_mib")
    return table(
        heads, ([f"{row['pictures']:,}", row["kept"], *(f"{row[key]:,.0f}" for key in keys)] for row in found["rows"])
    )


# What the figures for machines that nobody measured assume.
BANDWIDTHS = {"8 GPUs of a host, 150 GB/s": (8, 150e9), "64 GPUs over 100 Gbit/s": (64, 12.5e9)}  # devices, bytes/s
SUMS, HOP_SECONDS = 12, 5e-6  # sums over devices in a step (2 of gradients, 8 in normalization, 2 of logs); of one hop
CELLS, NODES, CELL_SECONDS = 1000, 100, 8 * 60  # of a sweep: runs, nodes that train one at a time, length of a run


def workers(found: dict) -> str:
    """Show what sharing a run costs, measured, and computed for larger machines."""
    heads = ["batch", "way", "img/s, 64x64, width 24, float32", "times one core"]
    alone = {row["batch_size"]: row["img_per_s"] for row in found["rows"] if row["way"] == "one process, one core"}
    rows = [
        [str(row["batch_size"]), row["way"], f"{row['img_per_s']:.0f}",
         f"{row['img_per_s'] / alone[row['batch_size']]:.2f}"]
        for row in found["rows"]
    ]  # fmt: skip
    size = found["rows"][0]["gradient_bytes"]
    computed = []
    for name, (devices, bandwidth) in BANDWIDTHS.items():
        moving = 2 * (devices - 1) / devices * size / bandwidth  # as rings do (arXiv 1802.05799)
        waiting = SUMS * 2 * (devices - 1) * HOP_SECONDS
        computed.append([name, f"{moving * 1000:.2f}", f"{waiting * 1000:.1f}", f"{(moving + waiting) * 1000:.1f}"])
    parts = [table(heads, rows), f"A step adds up {size / 1e6:.1f} MB of gradients over all devices."]
    parts += [
        f"Computed, not measured: rings of devices, {SUMS} sums a step, {HOP_SECONDS * 1e6:g} us a hop. A device is at "
        "least half busy once its own part of a step takes as long as the last column.",
        table(["devices", "ms a step, moving gradients", "ms, waiting", "ms, together"], computed),
    ]
    if ray := found["ray"]:
        rounds = CELLS / NODES * CELL_SECONDS
        extra = ray["start"] + CELLS * ray["task"]
        parts.append(
            f"Ray starts in {ray['start']:.1f} s, and a task costs {1000 * ray['task']:.1f} ms. Computed: {CELLS:,} "
            f"runs of {CELL_SECONDS // 60} minutes on {NODES} nodes take {rounds / 60:.0f} minutes, of which "
            f"Ray's part is {extra:.0f} s, {100 * extra / rounds:.1f}%."
        )
    return "\n\n".join(parts)


def slider(found: dict) -> str:
    """Show how long the explore page takes to answer."""
    times = ", ".join(f"{name} {found[key]:.0f} ms" for name, key in (("median", "median_ms"), ("95%", "p95_ms")))
    size = found["image_size"]
    return f"{found['presses']} key presses at {size}x{size}, to the new picture in the browser: {times}."


def page(results: Path) -> str:
    """Return all tables that there are results for in a folder."""
    sections: dict[str, tuple[str, Callable[[dict], str]]] = {
        "speed": ("Against other ways of training the same networks", speed),
        "speed.ingredients": ("What each part of the step brings", ingredients),
        "speed.precision_choice": ("Which precision a processor trains fastest in", precision_choice),
        "speed.layers": ("How near the layers come to the processor's peak", layers),
        "gpu": ("The step on a GPU", gpu),
        "costs.overheads": ("The rest of a run", overheads),
        "costs.scaling": ("How the cost grows", scaling),
        "costs.precision": ("bfloat16 against float32", precision),
        "costs.judge_cost": ("What judging costs", judge_cost),
        "quality": ("How good pictures get in the same time", lambda found: quality(found, results)),
        "quality --tuning": ("What else was tried", trials),
        "quality.kinds": ("Kinds that are left out", kinds),
        "quality.start": ("A start from a finished run", start),
        "quality.endurance": ("Longer than the default length", endurance),
        "inverse": ("Photos found again", lambda found: inverse(found, results)),
        "costs.doctor": ("A look at the pictures before training", doctor),
        "costs.growth": ("Many pictures", growth),
        "costs.workers": ("Several workers, and Ray", workers),
        "costs.slider": ("A slider of the explore page", slider),
        "judge.exam": ("Judges examined", exam),
        "soak": ("Killed and resumed", soak),
    }
    parts = [
        "# Results",
        "Written by `python -m benchmarks.tables` from the JSON files beside it. Each section names the command "
        "that measures it; `make bench` runs most of those for speed and costs.",
    ]
    for benchmark, (title, describe) in sections.items():
        found = read_results(results, benchmark.replace(" --", ".").rpartition(".")[2])
        if found:
            about = f"`python -m benchmarks.{benchmark}`, {where(found['machine'])}."
            parts += [f"## {title}", about, describe(found)]
    return "\n\n".join(parts) + "\n"


def where(machine: dict) -> str:
    """Return the machine, the versions and the commit of a result in words."""
    if "packages" not in machine:
        return f"{machine['processor']}, {machine['date']}"
    packages, cores = machine["packages"], machine["cores"]
    return (
        f"{cores} core{'s' if cores > 1 else ''} of {machine['processor']} "
        f"({', '.join(machine['units']) or 'no AVX2'}), TensorFlow {packages['tensorflow']}, Keras "
        f"{packages['keras']}, commit {(machine['git_commit'] or 'unknown')[:7]}, {machine['date']}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page."""
    path = parser_of("tables", __doc__).parse_args(arguments).results / "README.md"
    path.write_text(page(path.parent))
    print(f"Written: {path}")


if __name__ == "__main__":
    main()
