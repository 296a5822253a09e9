"""A folder is owned by one process, and by none that has died."""

import os
import subprocess
import sys
import threading

import filelock
import pytest

from dcgan_tf import DcganError, train
from dcgan_tf.cli.headless import execute
from dcgan_tf.common.locks import NOTEBOOK, SWEEP, TRAINING, owned

OWNER = """
import sys, time
from pathlib import Path
from dcgan_tf.common.locks import owned
with owned(Path(sys.argv[1]), sys.argv[2]):
    print("owned", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def owner(tmp_path):
    """Return what starts another process that owns the folder, for as long as it lives."""
    children = []

    def start(name):
        child = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout.readline() == "owned\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def test_a_folder_in_use_is_refused_and_free_as_soon_as_its_owner_was_killed(owner, config, images, tmp_path):
    child = owner(TRAINING)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(DcganError) as refused:
        train(config, images, tmp_path, progress="none", pictures=False)
    assert str(refused.value) == (
        f"Process {child.pid} is training in {tmp_path}. Wait until it has ended, or name another `folder`."
    )
    assert {path.name for path in tmp_path.iterdir()} == before
    child.kill()
    child.wait()
    with owned(tmp_path):
        assert (tmp_path / f"{TRAINING}.owner").read_text() == f"{os.getpid()}\n"


def test_a_notebook_is_not_executed_where_another_one_is(owner, tmp_path):
    child = owner(NOTEBOOK)
    with pytest.raises(DcganError, match=rf"Process {child.pid} is running a notebook into"):
        execute(tmp_path / "none.ipynb", tmp_path / "notebook.ipynb", {}, tmp_path)
    with owned(tmp_path):  # reading and training in another way stay possible
        pass


def test_a_sweep_says_what_goes_on_in_its_folder(owner, tmp_path):
    child = owner(SWEEP)
    with pytest.raises(DcganError, match=rf"Process {child.pid} is running a sweep in"), owned(tmp_path, SWEEP):
        pass


def test_two_threads_do_not_train_in_one_folder(tmp_path):
    refused = []

    def second():
        try:
            with owned(tmp_path):
                pass
        except DcganError as error:
            refused.append(str(error))

    with owned(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1 and "is training in" in refused[0]
    second()
    assert len(refused) == 1  # free again


def test_the_owner_lets_go_after_a_mistake(tmp_path):
    with pytest.raises(ZeroDivisionError), owned(tmp_path):
        1 / 0  # noqa: B018
    with owned(tmp_path):
        pass


def test_a_disk_without_locks_is_told(tmp_path, monkeypatch, capsys):
    def unknown(lock):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", unknown)
    with owned(tmp_path):
        pass
    assert capsys.readouterr().out == (
        f"The disk of {tmp_path} supports no locks: make sure that nothing else trains there.\n"
    )
