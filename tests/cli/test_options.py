"""Options as words: every spelling of a value, the environment, and one sentence for a mistake."""

import pytest

from dcgan_tf import DcganError
from dcgan_tf.cli.options import Option, describe, how_to_say, read_values

OPTIONS = [
    Option("image_size", "int", 64, "Pixels a side"),
    Option("kimg", "float", 100.0, "Length"),
    Option("data", "str", "", "Folder"),
    Option("run", "str", "default", "Name"),
    Option("augment_flip", "bool", False, "Mirror"),
    Option("seed", "int", 0, "Start"),
]
ALL = "There are: SIZE, KIMG, DATA, RUN, AUGMENT_FLIP, SEED."


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--kimg", "20"], {"kimg": 20.0}),
        (["--kimg=20"], {"kimg": 20.0}),
        (["KIMG=20"], {"kimg": 20.0}),
        (["--image-size", "100"], {"image_size": 100}),
        (["--size", "100"], {"image_size": 100}),
        (["SIZE=100"], {"image_size": 100}),
        (["IMAGE_SIZE=100"], {"image_size": 100}),
        (["--augment-flip"], {"augment_flip": True}),
        (["--augment-flip", "--kimg", "2"], {"augment_flip": True, "kimg": 2.0}),
        (["--augment-flip", "no", "KIMG=2"], {"augment_flip": False, "kimg": 2.0}),
        (["AUGMENT_FLIP=Yes"], {"augment_flip": True}),
        (["--seed", "-1"], {"seed": -1}),
        (["--data", "a b", "RUN=007"], {"data": "a b", "run": "007"}),
        (['DATA=it\'s $5 = "five"'], {"data": 'it\'s $5 = "five"'}),
        (["--data="], {"data": ""}),
        (["KIMG=1", "--kimg", "2"], {"kimg": 2.0}),
    ],
)
def test_values_can_be_said_in_every_way_and_get_their_type(words, values):
    found = read_values("run kiwi", OPTIONS, words)
    assert found == values
    assert {name: type(value) for name, value in found.items()} == {name: type(each) for name, each in values.items()}


def test_a_name_alone_is_read_from_the_environment_as_make_hands_it_over(monkeypatch, capsys):
    monkeypatch.setenv("DATA", "it's a $HOME folder")
    monkeypatch.setenv("RUN", "")
    assert read_values("run kiwi", OPTIONS, ["DATA", "RUN"]) == {"data": "it's a $HOME folder", "run": ""}
    assert capsys.readouterr().out == ""


def test_variables_in_the_environment_are_taken_and_told_unless_they_are_given(monkeypatch, capsys):
    for name, value in {"KIMG": "1", "SIZE": "32", "SEED": "7", "RUN": "", "HOME_SEED": "3"}.items():
        monkeypatch.setenv(name, value)
    assert read_values("run kiwi", OPTIONS, ["--seed", "8"]) == {"image_size": 32, "kimg": 1.0, "seed": 8}
    assert capsys.readouterr().out == "From the environment: SIZE=32, KIMG=1\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["KMIG=3"], "`KMIG` is not an option of `dcgan-tf run kiwi`. Did you mean KIMG?"),
        (["--kmig", "3"], "`--kmig` is not an option of `dcgan-tf run kiwi`. Did you mean --kimg?"),
        (["SIZ=3"], "`SIZ` is not an option of `dcgan-tf run kiwi`. Did you mean SIZE?"),
        (["kimg=3"], "`kimg` is not an option of `dcgan-tf run kiwi`. Did you mean KIMG?"),
        (["--KIMG=3"], "`--KIMG` is not an option of `dcgan-tf run kiwi`. Did you mean --kimg?"),
        (["QWERTY=3"], f"`QWERTY` is not an option of `dcgan-tf run kiwi`. {ALL}"),
        (["photos"], f"`photos` is not an option of `dcgan-tf run kiwi`. {ALL}"),
        (["--kimg"], "`--kimg` needs a value."),
        (["KIMG=long"], "`KIMG` should be a number. Received: 'long'."),
        (["--kimg", "long"], "`--kimg` should be a number. Received: 'long'."),
        (["SIZE=64.5"], "`SIZE` should be a whole number. Received: '64.5'."),
        (["SEED="], "`SEED` should be a whole number. Received: ''."),
        (["AUGMENT_FLIP=maybe"], "`AUGMENT_FLIP` should be true or false. Received: 'maybe'."),
        (["--augment-flip", "maybe"], "`--augment-flip` should be true or false. Received: 'maybe'."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(words, sentence):
    with pytest.raises(DcganError) as raised:
        read_values("run kiwi", OPTIONS, words)
    assert str(raised.value) == sentence


def test_a_wrong_value_in_the_environment_is_told_like_a_given_one(monkeypatch):
    monkeypatch.setenv("KIMG", "long")
    with pytest.raises(DcganError, match=r"^`KIMG` should be a number. Received: 'long'.$"):
        read_values("run kiwi", OPTIONS, [])


def test_a_first_word_without_a_name_is_the_value_of_the_first_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA", "from the environment")
    for name in ("DCIM", "A=B"):
        (tmp_path / name).mkdir()
    read = {"photos": "photos", "DCIM": "DCIM", "A=B": "A=B", "DATA": "from the environment", "DATA=x": "x"}
    for word, value in read.items():
        assert read_values("doctor", OPTIONS, [word, "KIMG=3"], "data") == {"data": value, "kimg": 3.0}
    with pytest.raises(DcganError, match=r"^`KMIG` is not an option"):
        read_values("doctor", OPTIONS, ["KMIG=3"], "data")


def test_a_command_without_options_says_so():
    with pytest.raises(DcganError, match=r"^`dcgan-tf gallery` takes no options. Received: `RUN`.$"):
        read_values("gallery", [], ["RUN=x"])


def test_help_has_a_line_for_every_option_with_its_default():
    lines = describe(OPTIONS).splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "--image-size, --size", "--kimg", "--data", "--run", "--augment-flip", "--seed",
    ]  # fmt: skip
    assert lines[0].endswith("  Pixels a side (64)") and lines[2].endswith("  Folder")


@pytest.mark.parametrize(
    ("sentence", "given", "way"),
    [
        ("Name another `folder`.", {}, " (here: RUN=... or --run ...)"),
        ("Name another `folder`.", {"run": "x"}, " (here: RUN=... or --run ...)"),
        ("Lower `image_size`, or name another `folder`.", {}, " (here: SIZE=... or --size ..., RUN=... or --run ...)"),
        ("`kimg` should be more.", {"kimg": 1.0}, ""),  # who has just said it knows how
        ("Raise `kimg`.", {}, " (here: KIMG=... or --kimg ...)"),
        ("`folder` should hold pictures that can be read.", {}, ""),  # those of the pictures
        ("`loss` and no words of ours", {}, ""),
    ],
)
def test_what_a_sentence_of_the_library_names_is_said_as_here(sentence, given, way):
    assert how_to_say(sentence, OPTIONS, given) == way
