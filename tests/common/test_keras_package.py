"""What is wrong with Keras is said in a sentence before it is imported."""

import os
import re
import subprocess
import sys

import pytest

from dcgan_tf import DcganError
from dcgan_tf.common.keras_package import check_keras

USE = "import dcgan_tf; dcgan_tf.load_images; dcgan_tf.train"
COMMAND = "import sys; from dcgan_tf.cli.main import main; sys.exit(main(['run', 'own', 'DATA=nowhere']))"
PREPARE = "from dcgan_tf.notebook import prepare; prepare()"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("code", [USE, COMMAND, PREPARE])
@pytest.mark.parametrize("backend", ["torch", "jax", "Tensorflow"])
def test_another_backend_is_refused_before_keras_is_imported(code, backend):
    done = run(code, KERAS_BACKEND=backend)
    assert done.returncode == (2 if code == COMMAND else 1) and "import keras" not in done.stderr
    expected = f"The backend of Keras should be 'tensorflow'. Received: '{backend}'. Set the environment variable"
    assert expected in done.stderr.splitlines()[-1]


def test_a_program_that_runs_keras_on_another_backend_is_told():
    code = "import sys, types; sys.modules['keras'] = k = types.SimpleNamespace(backend=types.SimpleNamespace"
    done = run(f"{code}(backend=lambda: 'jax')); {USE}")
    assert done.returncode == 1 and "Received: 'jax'" in done.stderr


def test_an_empty_backend_is_not_left_to_keras_json():
    done = run("import dcgan_tf, os; print(os.environ['KERAS_BACKEND'])", KERAS_BACKEND="")
    assert done.stdout == "tensorflow\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"epsilon": 1}', "`epsilon` in {path} should be a fraction. Received: 1."),
        (
            '{"floatx": "float128"}',
            "`floatx` in {path} should be one of float32, float16, float64. Received: 'float128'.",
        ),
        ("[]", "{path} should hold settings of Keras by name. Received: []. Delete it."),
        ('{"epsilon": 1e-3, "floatx": "float16", "image_data_format": "channels_first"}', ""),
        ("{broken", ""),
    ],
)
def test_a_setting_that_keras_does_not_take_is_told(tmp_path, monkeypatch, content, told):
    (tmp_path / "keras.json").write_text(content)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    if not told:
        check_keras()
        return
    with pytest.raises(DcganError, match=re.escape(told.format(path=tmp_path / "keras.json"))):
        check_keras()


@pytest.mark.parametrize("name", ["keras", "tensorflow"])
@pytest.mark.parametrize("file", ["{}.py", "{}/__init__.py"])
def test_a_file_that_hides_a_package_is_named(name, file, tmp_path):
    path = tmp_path / file.format(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("Dense = 1\n")
    done = run(COMMAND, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path.resolve()} hides the installed package {name}. Rename it")


def test_a_folder_without_code_hides_nothing(tmp_path):
    (tmp_path / "keras").mkdir()
    done = run("from dcgan_tf.common.keras_package import check_keras; check_keras()", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
