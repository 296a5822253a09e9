"""`make explore`, `make export` and `make gallery` at their border; what they do is tested beside their modules."""

import shutil

import pytest

from dcgan_tf.cli import main as launcher
from dcgan_tf.cli.main import read_values


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export"], "`RUN` should be the folder of a run. Received: none."),
        (["export", "RUN=outputs/nowhere"], "Received: 'outputs/nowhere', which is not there. Name one such as"),
        (["export", "RUN=tests"], "tests should be the folder of a run, with a run.json."),
        (["export", "RUN= "], "`RUN` should be the folder of a run. Received: none."),
        (["export", "RNU=x"], "`make export` takes RUN alone. Received: 'RNU'."),
        (["explore", "RUN=outputs/nowhere"], "`RUN` should be the folder of a run. Received: 'outputs/nowhere'"),
        (["explore", "PORT=80"], "`make explore` takes RUN alone. Received: 'PORT'."),
        (["gallery", "RUN=x"], "`make gallery` takes no variables. Received: 'RUN'."),
        (["export", "RUN=a\0b"], "`RUN` should be"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(arguments, sentence, capsys):
    assert launcher.main(arguments) == 2
    told = capsys.readouterr()
    assert sentence in told.err and len(told.err.strip().splitlines()) == 1 and not told.out


def test_a_name_alone_is_answered_with_the_folder_that_may_be_meant(tmp_path, monkeypatch, capsys):
    (tmp_path / "outputs" / "kiwi" / "default").mkdir(parents=True)
    (tmp_path / "outputs" / "kiwi" / "default" / "run.json").write_text("{}")
    monkeypatch.setattr(launcher, "find_root", lambda: tmp_path)
    assert launcher.main(["export", "RUN=default"]) == 2
    assert "Did you mean outputs/kiwi/default?" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "sentence"), [("gallery", "Stopped."), ("run", "Stopped before training began")])
def test_ctrl_c_says_what_was_stopped(command, sentence, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "use_runs", interrupted)
    monkeypatch.setattr(launcher, "run_notebook", interrupted)
    assert launcher.main([command, "kiwi"]) == 130
    assert capsys.readouterr().err.startswith(sentence)


def test_a_value_may_be_in_the_environment(monkeypatch):
    monkeypatch.setenv("RUN", "outputs/it's a $HOME run")
    assert read_values("export", ["RUN"], ("RUN",)) == {"RUN": "outputs/it's a $HOME run"}
    assert read_values("export", ["RUN=a=b"], ("RUN",)) == {"RUN": "a=b"}


def test_the_export_says_what_it_wrote(finished, tmp_path, monkeypatch, capsys):
    shutil.copytree(finished.folder, tmp_path / "outputs" / "discs" / "one")
    monkeypatch.setattr(launcher, "find_root", lambda: tmp_path)
    assert launcher.main(["export", "RUN=outputs/discs/one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = ("saved_model", "generator.onnx", "generator.tflite")
    for line, name in zip(lines[1:4], names, strict=True):
        assert line.startswith(f"outputs/discs/one/export/{name}: ") and "differs from Keras by" in line
        assert (tmp_path / line.partition(":")[0]).exists()
    assert "README.md" in lines[4] and "MODEL_CARD.md" in lines[4]


def test_the_gallery_says_where_it_is(finished, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(launcher, "find_root", lambda: tmp_path)
    assert launcher.main(["gallery"]) == 2  # no runs yet
    assert "holds no finished run" in capsys.readouterr().err
    shutil.copytree(finished.folder, tmp_path / "outputs" / "discs" / "one")
    assert launcher.main(["gallery"]) == 0
    assert "outputs/gallery.html" in capsys.readouterr().out and (tmp_path / "outputs" / "gallery.html").is_file()
