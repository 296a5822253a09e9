"""The files for containers and clusters, as far as a machine without any can check them."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

from dcgan_tf.cli.notebooks import options_of
from dcgan_tf.cli.sweep.plan import read_plan
from dcgan_tf.run.places import find_root

ROOT = find_root()
EXAMPLES = ROOT / "examples"


def instructions():
    """Return the instructions of the Dockerfile: name and arguments."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def test_the_image_is_pinned_holds_all_that_it_copies_and_runs_as_a_user():
    found = instructions()
    assert found[0][0] == "FROM" and re.fullmatch(r"python:3\.1[123]\.\d+-slim-\w+", found[0][1])
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name, rest in found:
        for source in shlex.split(rest)[:-1] if name == "COPY" else ():
            assert (ROOT / source).exists() and any(line.startswith(f"!{source}") for line in ignored), source
    for build in ("cpu", "gpu"):
        for file in re.findall(r'-r (\S+\.txt"?)', " ".join(rest for name, rest in found if name == "RUN")):
            assert (ROOT / "requirements" / file.strip('"').replace("$BUILD", build)).is_file()
    users = [rest for name, rest in found if name == "USER"]
    assert users == ["user"] and found.index(("USER", "user")) > max(
        index for index, (name, _) in enumerate(found) if name == "RUN"
    )
    assert ("ENTRYPOINT", '["dcgan-tf"]') in found


def test_the_sweep_is_one(tmp_path, renderer):
    assert len(read_plan(EXAMPLES / "sweep.yaml", tmp_path).cells) == 8


def command_in(text):
    """Return the options of `dcgan-tf run kiwi` in a text."""
    words = re.search(r"dcgan[-_]tf run kiwi (.*)", text)[1]
    return re.findall(r"--([a-z-]+)", words)


def test_examples_name_options_that_there_are():
    known = {option.name for option in options_of("kiwi")}
    for name in ("slurm.sh", "kubernetes.yaml"):
        assert set(command_in((EXAMPLES / name).read_text())) == {"seed", "run"} <= known


def test_kubernetes_takes_its_objects():
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    objects = list(yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text()))
    for each in objects:
        kubernetes_validate.validate(each, "1.31", strict=True)
    claim, job = objects
    assert (
        job["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    )
    job["spec"]["completionMode"] = "Often"
    job["spec"]["completions"] = "five"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, "1.31", strict=True)


def test_ray_takes_its_cluster():
    util = pytest.importorskip("ray.autoscaler._private.util")
    config = yaml.safe_load((EXAMPLES / "ray-cluster.yaml").read_text())
    util.validate_config(util.prepare_config(config))
    with pytest.raises(Exception, match="worker_adress"):
        util.validate_config(util.prepare_config(config | {"worker_adress": 1}))


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("stopped", [False, True])
def test_a_slurm_job_trains_its_seed_and_is_queued_again_when_its_time_is_over(tmp_path, stopped):
    script = (EXAMPLES / "slurm.sh").read_text()
    heads = re.findall(r"^#SBATCH (--[a-z-]+)=?", script, re.MULTILINE)
    assert heads == sorted(set(heads), key=heads.index) and {"--array", "--requeue", "--signal"} <= set(heads)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(
        '#!/bin/bash\ntrap "echo saved > saved; exit 130" TERM\necho "$@" > given\n'
        "for i in {1..50}; do [ -e end ] && exit 0; sleep 0.1; done\n"
    )
    (tmp_path / "scontrol").write_text('#!/bin/bash\necho "$@" > queued\n')
    for path in (python, tmp_path / "scontrol"):
        path.chmod(0o755)
    environment = os.environ | {
        "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_JOB_ID": "77", "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }  # fmt: skip
    job = subprocess.Popen(["bash", EXAMPLES / "slurm.sh"], cwd=tmp_path, env=environment, stdout=sys.stderr)
    while not (tmp_path / "given").exists():
        pass
    if stopped:
        job.terminate()
    else:
        (tmp_path / "end").write_text("")
    job.wait(20)
    assert (tmp_path / "given").read_text() == "-m dcgan_tf run kiwi --seed 3 --run outputs/slurm/seed-3\n"
    assert (tmp_path / "queued").exists() == (tmp_path / "saved").exists() == stopped
    if stopped:
        assert (tmp_path / "queued").read_text() == "requeue 77_3\n"
    else:
        assert job.returncode == 0
