"""Write the training step of every case as StableHLO, with one step's inputs and what comes out of it.

It is the program that XLA gets from `tf.function(jit_compile=True)`. TensorFlow's own step on this processor gives
the outputs. Cases of the same networks share their weights. The networks' layers are written for PyTorch too.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from benchmarks.gpu.cases import CASES, Case, named
from benchmarks.gpu.inputs import real_pictures
from benchmarks.shared.options import folder, parser_of
from benchmarks.speed.limits import step_flops
from dcgan_tf.common.machine import Execution
from dcgan_tf.config import Config
from dcgan_tf.model.build import build_model
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.training.loop import LOGS


def settings(case: Case) -> Config:
    """Return the configuration of a case."""
    preset = Config.preset("vehicles" if case.side == 28 else "kiwi")
    shape = {"image_size": case.side, "batch_size": case.batch, "class_names": ()}
    return replace(preset, **shape, generator_width=case.width, discriminator_width=case.width)


def export(case: Case, into: Path) -> dict[str, object]:
    """Write the program of a case, the weights of its networks once, and return what the runner needs to know."""
    config = settings(case)
    model = build_model(config, Execution(case.precision, jit_compile=True, matmul_gradients=False))

    @tf.function(jit_compile=True)
    def step(real: tf.Tensor) -> tf.Tensor:
        logs = model.train_step(real)
        return tf.stack([logs[name] for name in LOGS])

    real = tf.constant(real_pictures(case.batch, config.shape))
    (into / f"{case.name}.mlir").write_text(step.experimental_get_compiler_ir(real)(stage="stablehlo"))
    captured = step.get_concrete_function(real).captured_inputs
    weights = into / f"{case.network}.npz"
    before = values(model, captured)
    if not weights.exists():
        np.savez(weights, *before)
    logs = step(real).numpy()
    norms = [float(np.linalg.norm(np.asarray(each, np.float64))) for each in values(model, captured)]
    flops = step_flops(config) * case.batch
    layers = layers_of(model.generator, model.discriminator)
    return {"logs": logs.tolist(), "norms": norms, "shape": config.shape, "step_flops": flops} | layers


def values(model: DCGAN, captured: Sequence[tf.Tensor]) -> list[np.ndarray]:
    """Return what the program captured: values of variables, and constants."""
    owners = (model, model.generator_optimizer, model.discriminator_optimizer)
    found = {id(each.value.handle): each for owner in owners for each in owner.variables}
    return [np.asarray(found[id(each)]) if id(each) in found else each.numpy() for each in captured]


def layers_of(generator: keras.Model, discriminator: keras.Model) -> dict[str, list]:
    """Return the layers of both networks in words that PyTorch's builder reads."""
    networks = {"generator": generator, "discriminator": discriminator}
    return {name: [words(layer) for layer in network.layers] for name, network in networks.items()}


def words(layer: keras.Layer) -> list:
    """Return kind, sizes and bias of a layer."""
    if isinstance(layer, keras.layers.Dense):
        return ["dense", *layer.kernel.shape, layer.use_bias]
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return ["up", layer.kernel.shape[3], layer.kernel.shape[2], layer.use_bias]
    if isinstance(layer, keras.layers.Conv2D):
        return ["down", *layer.kernel.shape[2:], layer.use_bias]
    if isinstance(layer, keras.layers.BatchNormalization):
        return ["norm", layer.gamma.shape[0]]
    if isinstance(layer, keras.layers.Reshape):
        return ["unflatten", *layer.target_shape]
    kinds = {
        keras.layers.ReLU: "relu",
        keras.layers.LeakyReLU: "leaky",
        keras.layers.Flatten: "flatten",
        keras.layers.Cropping2D: "crop",
        keras.layers.Activation: "tanh",
    }
    return [next(word for kind, word in kinds.items() if isinstance(layer, kind))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write all cases, or those named."""
    parser = parser_of("gpu.export", __doc__, writes=False)
    parser.add_argument("folder", type=folder, help="where the programs go")
    names = [case.name for case in CASES]
    parser.add_argument("--cases", nargs="*", default=names, choices=names, metavar="CASE")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.cases:
        about = export(named(name), options.folder)
        (options.folder / f"{name}.json").write_text(json.dumps(about))
        print(f"{name}: {len(about['norms'])} inputs, losses {about['logs'][:2]}", flush=True)


if __name__ == "__main__":
    main()
