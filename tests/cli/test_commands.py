"""The commands at their border; what they do is tested beside their modules."""

import shutil
import subprocess
import sys

import pytest
from PIL import Image

from dcgan_tf import __version__
from dcgan_tf.cli import main as launcher
from dcgan_tf.cli.main import COMMANDS, main
from tests.support.picture_sets import random_discs, write_pictures


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "`dcgan-tf` should be followed by one of: run kiwi, run vehicles, run own, sweep, doctor, explore, "),
        (["exprt"], "Received: 'exprt'. Did you mean export"),
        (["run"], "`dcgan-tf run` should be followed by one of: kiwi, vehicles, own. Received: nothing."),
        (["run", "kiwis"], "Received: 'kiwis'. Did you mean kiwi?"),
        (["run", "pears"], "`dcgan-tf run` should be followed by one of: kiwi, vehicles, own. Received: 'pears'."),
        (["--verbose"], "Received: '--verbose'."),
        (["download", "pears"], "`dcgan-tf download` should be followed by one of: kiwi, vehicles. Received: 'pears'."),
        (["download", "kiwi", "KIMG"], "`dcgan-tf download kiwi` takes no options. Received: `KIMG`."),
        (["export"], "`run` is empty: name the folder of a run, such as outputs/kiwi/default. (here: RUN=... or --run"),
        (["export", "RUN= "], "`run` is empty: name the folder of a run, such as outputs/kiwi/default."),
        (["export", "--run", "outputs/nowhere"], "Received: 'outputs/nowhere', which is not there. Name one such as"),
        (["export", "RUN=mine"], "mine is not the folder of a run: it has no run.json."),
        (["export", "RNU=x"], "`RNU` is not an option of `dcgan-tf export`. Did you mean RUN?"),
        (["export", "RUN=a\0b"], "`run` should be"),
        (["explore", "RUN=outputs/nowhere"], "`run` should be the folder of a run. Received: 'outputs/nowhere'"),
        (["explore", "--port", "80"], "`--port` is not an option of `dcgan-tf explore`. There are: --run."),
        (["doctor"], "`data` is empty. Name a folder of pictures. (here: DATA=... or --data ...)"),
        (["doctor", "nowhere"], "`data` should be an existing folder of pictures. Received: "),
        (["doctor", "mine"], "There are no pictures in "),
        (["doctor", "SZE=3"], "`SZE` is not an option of `dcgan-tf doctor`. Did you mean SIZE or RESIZE?"),
        (["doctor", "mine", "theirs"], "`theirs` is not an option of `dcgan-tf doctor`."),
        (
            ["doctor", "mine", "SIZE=7"],
            "or height x width such as 48x64. Received: '7'.",
        ),
        (["gallery", "RUN=x"], "`dcgan-tf gallery` takes no options. Received: `RUN`."),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert sentence in told.err and len(told.err.strip().splitlines()) == 1 and not told.out


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_lists_every_command_and_every_option(word, capsys):
    assert main([word]) == 0
    shown = capsys.readouterr().out
    assert all(f"  dcgan-tf {name} " in shown and command.about in shown for name, command in COMMANDS.items())
    assert main(["run", word]) == 0
    shown = capsys.readouterr().out
    assert "run own" in shown and "gallery" not in shown
    for name, command in COMMANDS.items():
        assert main([*name.split(), word]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"{command.about}."
        for option in command.options():
            assert any(f"--{option.name.replace('_', '-')}" in line and option.help in line for line in lines)


def test_the_version_is_told_by_the_module_too(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dcgan-tf {__version__}\n"
    done = subprocess.run(
        [sys.executable, "-m", "dcgan_tf", "--version"], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout == f"dcgan-tf {__version__}\n"


def test_a_name_alone_is_answered_with_the_folder_that_may_be_meant(tmp_path, monkeypatch, capsys):
    (tmp_path / "outputs" / "kiwi" / "default").mkdir(parents=True)
    (tmp_path / "outputs" / "kiwi" / "default" / "run.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert main(["export", "RUN=default"]) == 2
    assert "Did you mean outputs/kiwi/default?" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "sentence"), [("gallery", "Stopped."), ("run own", "Stopped before training")])
def test_ctrl_c_says_what_was_stopped(command, sentence, monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setitem(launcher.COMMANDS, command, COMMANDS[command]._replace(act=interrupted))
    assert main(command.split()) == 130
    assert capsys.readouterr().err.startswith(sentence)


def test_the_export_says_what_it_wrote(finished, tmp_path, monkeypatch, capsys):
    shutil.copytree(finished.folder, tmp_path / "outputs" / "discs" / "one")
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--run", "outputs/discs/one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = ("saved_model", "generator.onnx", "generator.tflite")
    for line, name in zip(lines[1:4], names, strict=True):
        assert line.startswith(f"outputs/discs/one/export/{name}: ") and "differs from Keras by" in line
        assert (tmp_path / line.partition(":")[0]).exists()
    assert "README.md" in lines[4] and "MODEL_CARD.md" in lines[4]


@pytest.mark.parametrize("words", [["DCIM 2"], ["DATA=DCIM 2"], ["--data", "DCIM 2"]])
def test_the_doctor_says_what_to_do_and_how_to_type_it(words, tmp_path, monkeypatch, capsys):
    write_pictures(tmp_path / "DCIM 2", random_discs(40)[..., :1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    assert main(["doctor", *words, "RESIZE=pad"]) == 0
    told = capsys.readouterr().out
    assert "All pictures are gray: CHANNELS=1 trains faster" in told and "`" not in told
    assert told.endswith("dcgan-tf run own DATA='DCIM 2' RESIZE=pad SIZE=32 CHANNELS=1 KIMG=40\n")
    assert Image.open(tmp_path / "outputs" / "doctor.png").width > 300


def test_the_gallery_says_where_it_is(finished, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["gallery"]) == 2  # no runs yet
    assert "holds no finished run" in capsys.readouterr().err
    shutil.copytree(finished.folder, tmp_path / "outputs" / "discs" / "one")
    assert main(["gallery"]) == 0
    assert "outputs/gallery.html" in capsys.readouterr().out and (tmp_path / "outputs" / "gallery.html").is_file()
