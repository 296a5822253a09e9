"""Sweeps: the file that names the runs, what is tried again, and runs on a cluster that loses its parts."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from dcgan_tf import DcganError, load_run
from dcgan_tf.cli.main import main
from dcgan_tf.cli.sweep import sweep as sweeping
from dcgan_tf.cli.sweep.cell import News, Task, environment_of, pack, run_cell, unpack
from dcgan_tf.cli.sweep.plan import Cell, read_plan
from dcgan_tf.cli.sweep.sweep import DONE, REPORT, _Driver
from dcgan_tf.cli.sweep.table import write_table
from dcgan_tf.run.places import find_root
from tests.support.making import copy_project
from tests.support.pictures import save
from tests.support.waiting import wait_until

ROOT = find_root()
TINY = {
    "image_size": "16", "batch_size": 8, "generator_width": 4, "discriminator_width": 4, "latent_dim": 8,
    "features": "random", "score_kimg": 0.0, "sample_kimg": 1.0,
}  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with 24 pictures in data/photos, as the working directory."""
    save(tmp_path / "data" / "photos", *(f"{index}.png" for index in range(24)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan_of(project, text, *, data="data/photos"):
    path = project / "some.yaml"
    path.write_text(f"notebook: own\nparameters: {{data: {data}, kimg: 2}}\n{text}", encoding="utf-8")
    return read_plan(path, project)


def test_a_grid_is_every_combination_with_every_seed(project):
    plan = plan_of(project, "grid: {loss: [hinge, relativistic], latent_dim: [8, 16]}\nseeds: [3, 4]\ncpus: 2")
    assert (plan.kind, plan.folder, plan.cpus) == ("own", project / "outputs" / "some", 2)
    assert plan.varied == ("loss", "latent_dim") and len(plan.cells) == 8
    assert plan.cells[3] == Cell(
        "loss=hinge, latent_dim=16, seed=4",
        {"data": "data/photos", "kimg": 2.0, "loss": "hinge", "latent_dim": 16, "seed": 4},
    )


def test_a_list_names_runs_one_by_one(project):
    plan = plan_of(project, "name: other\ncells: [{latent_dim: 8}, {loss: hinge, augment_flip: true}]")
    assert plan.folder == project / "outputs" / "other"
    assert [cell.name for cell in plan.cells] == ["latent_dim=8", "loss=hinge, augment_flip=True"]
    assert [cell.name for cell in plan_of(project, "").cells] == ["run"]


def test_every_fruit_is_one_line(project):
    for name in ("Kiwi", "Apple Braeburn 1", "Pear 2"):
        save(project / "data" / "fruits-360" / "Training" / name, *(f"{index}.png" for index in range(9)))
    path = project / "fruits.yaml"
    path.write_text("grid: {fruit: all}", encoding="utf-8")
    assert [cell.name for cell in read_plan(path, project).cells] == [
        "fruit=Apple Braeburn 1", "fruit=Kiwi", "fruit=Pear 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grids: {}", "holds `grids`, which is no key of a sweep. Did you mean `grid`?"),
        ("grid: {loss: hinge}", "`loss` in `grid` should be a list of values. Received: 'hinge'."),
        ("grid: [loss]", "`grid` should hold parameters with their values. Received: ['loss']."),
        ("cells: {loss: hinge}", "`cells` should hold a list of parameters with their values."),
        ("seeds: 3", "`seeds` should be a list of whole numbers. Received: 3."),
        ("grid: {los: [hinge]}", "`los` is no parameter of the notebook. Did you mean `loss`?"),
        ("cells: [{run: a}]", "`run` is set by the sweep."),
        ("cells: [{latent_dim: many}]", "`latent_dim` should be a whole number. Received: 'many'."),
        ("cells: [{kimg: true}]", "`kimg` should be a number. Received: True."),
        ("cells: [{loss: hinge}, {loss: best}]", "run loss=best: `loss` should be"),
        ("cells: [{latent_dim: 8}, {latent_dim: 8}]", "names the run run twice."),
        ("cpus: 0", "cpus` should be"),
        ("name: ../up", "`name` should be a name of a folder. Received: '../up'."),
        ("seeds: [1\n", "some.yaml, line 4 is no YAML"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_file(project, text, said):
    with pytest.raises(DcganError) as error:
        plan_of(project, text)
    assert said in str(error.value) and "some.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "`sweep` is empty: name a YAML file"),
        (["none.yaml"], "`sweep` should be a YAML file. Received: "),
        (["data/photos"], "`sweep` should be a YAML file. Received: "),
    ],
)
def test_a_missing_file_is_one_sentence(project, capsys, words, said):
    assert main(["sweep", *words]) == 2
    assert said in capsys.readouterr().err


def test_without_ray_a_sweep_says_what_to_install(project, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    plan_of(project, "")
    assert main(["sweep", "some.yaml"]) == 2
    assert 'A sweep needs Ray, which is not installed. Install it with `pip install "dcgan-tf[sweep]"`.' in (
        capsys.readouterr().err
    )


def test_an_address_where_nothing_answers_is_told_at_once(project, capsys, monkeypatch):
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    plan_of(project, "")
    for given in (address, f"ray://{address}", "no address"):
        monkeypatch.setenv("RAY_ADDRESS", given)
        assert main(["sweep", "some.yaml"]) == 2
        said = capsys.readouterr().err
        assert "RAY_ADDRESS should be the address of a running Ray cluster" in said and given in said


class FakeRay:
    """Stands in for Ray: each start of a run takes the next of its scripts, lists of news or of errors."""

    class exceptions:  # as Ray calls it
        class RayError(Exception): ...

    def __init__(self, scripts):
        self.scripts, self.tasks = {name: list(each) for name, each in scripts.items()}, []

    def cluster_resources(self):
        return {"CPU": 2.0}

    def nodes(self):
        return [{"Alive": True, "NodeManagerHostname": "here", "Resources": {"CPU": 2.0}}]

    def remote(self, **options):
        assert options["num_cpus"] == 1 and options["num_gpus"] == 0

        def start(task):
            self.tasks.append(task)
            return iter(self.scripts[Path(task.folder).name].pop(0))

        return lambda function: SimpleNamespace(remote=start)

    def wait(self, streams, **how):
        return streams[:1], streams[1:]

    def get(self, news):
        if isinstance(news, Exception):
            raise news
        return news


def drive(tmp_path, **scripts):
    """Return the last news of runs and the fake Ray that they went through."""
    from dcgan_tf.cli.sweep.plan import Plan

    for name in scripts:
        (tmp_path / name).mkdir(exist_ok=True)
    cells = tuple(Cell(name, {"kimg": 1.0}) for name in scripts)
    ray = FakeRay(scripts)
    return _Driver(ray, Plan("own", tmp_path, cells, (), 1), tmp_path, "token").run(), ray


TRAINING, FINISHED = News("training", 0.5), News("finished", 1.0, kid=0.02)
FAILED = News("failed", sentence="It is too large.")


def test_a_run_that_fails_is_tried_twice_again(tmp_path):
    found, ray = drive(tmp_path, a=[[FAILED], [TRAINING, FAILED], [FINISHED]], b=[[FAILED]] * 3, c=[[FINISHED]])
    assert {name: news.state for name, news in found.items()} == {"a": "finished", "b": "failed", "c": "finished"}
    assert found["b"].sentence == "It is too large." and len(ray.tasks) == 7


def test_a_lost_worker_or_node_is_no_failure_of_the_run(tmp_path):
    lost = FakeRay.exceptions.RayError("The node died.\nMore.")
    found, _ = drive(tmp_path, a=[[TRAINING, lost]] * 4 + [[TRAINING], [FINISHED]], b=[[lost]] * 6)
    assert found["a"].state == "finished"
    assert found["b"] == News("failed", sentence="Its worker or node was lost: The node died.")


def test_finished_runs_are_skipped_and_changed_ones_are_not(tmp_path):
    drive(tmp_path, a=[[FINISHED]], b=[[FINISHED]])
    for name in ("a", "b"):
        assert json.loads((tmp_path / name / DONE).read_text()) == {"kimg": 1.0}
    (tmp_path / "a" / REPORT).write_text("")  # b was stopped before its report
    found, ray = drive(tmp_path, a=[], b=[[FINISHED]])
    assert [Path(task.folder).name for task in ray.tasks] == ["b"] and found["a"].state == "finished"
    (tmp_path / "a" / DONE).write_text('{"kimg": 0.5}')
    assert len(drive(tmp_path, a=[[FINISHED]], b=[[FINISHED]])[1].tasks) == 2


def test_files_of_another_disk_come_back(tmp_path):
    away = tmp_path / "away"
    save(away, "samples/000000.png")
    (away / ".partial-1-1-x").write_text("half")
    drive(tmp_path, a=[[News("training", files=pack(away)), FINISHED]])
    assert (tmp_path / "a" / "samples" / "000000.png").is_file() and not list((tmp_path / "a").glob(".partial*"))


def test_more_cores_than_a_node_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(FakeRay, "nodes", lambda self: [{"Alive": True, "Resources": {"CPU": 0.5}}])
    with pytest.raises(DcganError, match=r"`cpus` should be at most 0.5, the cores of a node. Received: 1."):
        drive(tmp_path, a=[])


def test_a_terminal_shows_one_table(monkeypatch, capsys):
    view = sweeping._View()
    view.show({"a": TRAINING, "b": News("waiting")}, last=True)
    assert capsys.readouterr().out.split() == ["a", "0.5", "0", "training"]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    view.show({"a": FINISHED, "b": News("waiting")}, last=True)
    view.show({"a": FINISHED, "b": FAILED}, last=True)
    first, second = capsys.readouterr().out.split("\x1b[3F\x1b[J")
    assert first.splitlines()[0].split() == ["run", "kimg", "img/s", "KID", "state"]
    assert first.splitlines()[1].split() == ["a", "1.0", "0", "20.0", "finished"] and "1 more are waiting" in first
    assert second.splitlines()[2].split() == ["b", "0.0", "0", "failed"]


def test_what_rays_threads_print_goes_into_a_file(tmp_path, capsys):
    def say():
        print("of a thread")
        print("an error of a thread", file=sys.stderr)

    with sweeping._apart(tmp_path / "ray.log"):
        thread = threading.Thread(target=say)
        thread.start()
        thread.join()
        print("of the sweep")
    assert capsys.readouterr() == ("of the sweep\n", "")
    assert (tmp_path / "ray.log").read_text() == "of a thread\nan error of a thread\n"


def test_the_table_has_the_best_first_with_spread_over_seeds(project):
    plan = plan_of(project, "grid: {loss: [hinge, relativistic]}\nseeds: [0, 1]")
    for cell, kid in zip(plan.cells, (0.2, 0.3, 0.1, None), strict=True):
        if kid:
            (plan.folder / cell.name).mkdir(parents=True)
            scores = {"kid_imagenet": {"value": kid}, "recall_imagenet": {"value": 0.5}, "novelty_pixels": {"value": 1}}
            (plan.folder / cell.name / "scores.json").write_text(json.dumps(scores))
    page = write_table(plan).read_text()
    assert page.index("relativistic") < page.index("hinge")
    assert "<td>250 ± 70.7</td>" in page and "<td>100</td>" in page and "3 of 4 runs have scores" in page
    assert "novelty" not in page


def task_of(project, folder, token, **values):
    return Task("own", str(project), str(folder), token, TINY | {"data": "data/photos", "kimg": 0.2, **values}, 1)


@pytest.mark.slow
def test_a_run_on_another_disk_sends_its_files(project, monkeypatch):
    monkeypatch.setenv("KIMG", "99")  # no setting of the sweep's runs
    news = list(run_cell(task_of(project, project / "outputs" / "s" / "a", "token")))
    assert news[-1].state == "finished", news[-1].sentence
    assert not (project / "outputs" / "s" / "a").exists()
    unpack(news[-1].files, project / "back")
    assert load_run(project / "back").kimg_done == 0.2 and (project / "back" / REPORT).is_file()


@pytest.mark.slow
def test_a_stopped_run_saves_though_ray_blocks_its_interrupts(project):
    folder = project / "outputs" / "s" / "a"
    folder.mkdir(parents=True)
    (folder.parent / ".sweep").write_text("token")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        news = run_cell(task_of(project, folder, "token", kimg=900.0))
        while next(news).kimg == 0:
            pass
        news.close()  # as a cancelled task ends
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    run = load_run(folder)
    assert run.state == "interrupted" and run.kimg_done > 0


@pytest.mark.slow
def test_a_run_that_fails_says_why(project):
    folder = project / "outputs" / "s" / "a"
    folder.mkdir(parents=True)
    (folder.parent / ".sweep").write_text("token")
    *_, last = run_cell(task_of(project, folder, "token", batch_size=64))
    assert last.state == "failed" and last.sentence.startswith("`batch_size` should be at most the number of pictures")


def test_ray_is_started_twice_on_a_busy_machine_before_that_is_a_mistake(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    tries = []

    def init(**_: object) -> None:
        tries.append(1)
        if len(tries) != 2:
            raise RuntimeError("The current node timed out during startup. This could happen because")

    ray = SimpleNamespace(init=init, shutdown=lambda: None)
    with sweeping._connected(ray):
        pass
    assert len(tries) == 2
    tries += [1]
    sentence = "^Ray could not be started on this machine: The current node timed out during startup.$"
    with pytest.raises(DcganError, match=sentence), sweeping._connected(ray):
        pass
    assert len(tries) == 5


def test_a_run_of_a_sweep_has_its_share_of_the_cores_and_no_settings_but_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("KIMG", "3")
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1", "b:1"]}}')  # of a run by many workers
    monkeypatch.setenv("HOME", str(tmp_path))
    found = environment_of(Task("own", str(tmp_path), str(tmp_path / "run"), "token", {}, 3))
    assert "KIMG" not in found and "TF_CONFIG" not in found
    assert found["OMP_NUM_THREADS"] == "3" and found["HOME"] == str(tmp_path)


# A cluster of two nodes, on one machine


CLUSTER = """
import sys
import psutil
from ray.cluster_utils import Cluster

def start():
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    return cluster, cluster.add_node(num_cpus=1)

for tries_left in (3, 2, 1, 0):  # Ray gives a node 30 seconds, which a machine busy with other tests can exceed
    try:
        cluster, second = start()
        break
    except Exception:
        if not tries_left:
            raise
        for child in psutil.Process().children(recursive=True):
            child.kill()  # left behind, and in the way of the next
cluster.wait_for_nodes()
print(cluster.address, flush=True)
sys.stdin.readline()
cluster.remove_node(second, allow_graceful=False)
print("removed", flush=True)
sys.stdin.readline()
cluster.shutdown()
"""


def checkpoints(folder):
    """Return the runs that have trained some, by their newest checkpoint."""
    found = {}
    for path in folder.glob("*/checkpoint/[0-9]*.npz"):
        found[path.parents[1].name] = max(found.get(path.parents[1].name, 0), int(path.stem))
    return {name: step for name, step in found.items() if step}


@pytest.mark.slow
def test_eight_runs_end_though_a_worker_a_node_and_the_driver_are_lost(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    project = tmp_path / "project"
    copy_project(project)
    notebook = project / "notebooks" / "own_images.ipynb"  # with a checkpoint after every call
    text = notebook.read_text().replace(
        '    "kimg: float', '    "checkpoint_minutes: float = 0.0  # often\\n",\n    "kimg: float', 1
    )
    assert "checkpoint_minutes" in text
    notebook.write_text(text)
    save(project / "data" / "photos", *(f"{index}.png" for index in range(24)))
    values = json.dumps(TINY | {"data": "data/photos", "kimg": 6.0})
    (project / "eight.yaml").write_text(f"notebook: own\nparameters: {values}\nseeds: [0, 1, 2, 3, 4, 5, 6, 7]\n")
    folder = project / "outputs" / "eight"
    cluster = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=project,
        env=os.environ | {"PYTHONPATH": str(project), "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"},
    )  # fmt: skip
    try:
        address = cluster.stdout.readline().strip()
        log = (tmp_path / "driver.log").open("wb")

        def drive():
            return subprocess.Popen(
                [sys.executable, "-m", "dcgan_tf", "sweep", "eight.yaml"], cwd=project, stdout=log, stderr=log,
                env=os.environ | {"RAY_ADDRESS": address, "PYTHONPATH": str(project)},
            )  # fmt: skip

        driver = drive()
        wait_until(lambda: checkpoints(folder))
        lost = checkpoints(folder)
        workers = [
            each
            for each in psutil.process_iter(["cmdline"])
            if each.info["cmdline"] and each.info["cmdline"][0].startswith("ray::run_cell")
        ]
        for worker in workers:
            worker.kill()
        wait_until(lambda: len(checkpoints(folder)) >= 3)
        cluster.stdin.write("\n")
        cluster.stdin.flush()
        assert cluster.stdout.readline().strip() == "removed"
        wait_until(lambda: len(checkpoints(folder)) >= 5)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        time.sleep(2)
        before = checkpoints(folder)
        driver = drive()
        assert driver.wait(1200) == 0, (tmp_path / "driver.log").read_text()
        assert len(lost) and len(before) >= 5
        for seed in range(8):
            run = load_run(folder / f"seed={seed}")
            assert run.state == "finished" and run.kimg_done == 6.0
            said = (folder / f"seed={seed}" / "sweep.log").read_text().splitlines()
            starts = [line for line in said if line.startswith("photos (own folder): 24 pictures, 16x16")]
            if f"seed={seed}" in lost | before and len(starts) > 1:  # not from the start again
                assert "resuming at" in starts[-1] or "already trained" in starts[-1], starts
        assert (folder / "table.html").is_file() and (folder / "gallery.html").is_file()
    finally:
        cluster.kill()
        for each in psutil.process_iter(["cmdline", "cwd"]):
            if each.info["cwd"] == str(project):
                each.kill()
