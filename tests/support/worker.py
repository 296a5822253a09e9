"""A process that trains on drawn pictures, on several devices or as one of several workers.

`python -m tests.support.worker FOLDER FIELDS`, the fields of Config as JSON. Without `devices` it is one device, or as
TF_CONFIG says. It prints the message of WorkerDone, if that ends it.
"""

import json
import sys

from benchmarks.shared.sets import draw_set
from dcgan_tf import Config, train
from dcgan_tf.common.errors import WorkerDone
from dcgan_tf.common.quiet import import_tensorflow

DEVICES = 2


def main() -> None:
    """Train, on logical processors where several devices are asked for."""
    folder, fields = sys.argv[1], json.loads(sys.argv[2])
    if "devices" in fields:
        import tensorflow as tf

        parts = [tf.config.LogicalDeviceConfiguration()] * DEVICES
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    import_tensorflow(trains=True)
    small = {"batch_size": 16, "generator_width": 8, "discriminator_width": 8, "latent_dim": 8, "precision": "float32"}
    rare = {"sample_kimg": 0.8, "score_kimg": 0, "learning_rate": 2e-4}
    try:
        config = Config.preset("vehicles", small | rare | fields)
        train(config, draw_set(40, 0), folder, progress="lines", pictures=False)
    except WorkerDone as done:
        print(done)


if __name__ == "__main__":
    main()
