"""Which classes of vehicles a generator makes: a small classifier trained on the real ones."""

import keras
import numpy as np
from keras import layers

from dcgan_tf import ImageSet

EPOCHS = 30
LEAST_SHARE = 0.02  # of the generated pictures, for a class to count as made


def train_classifier(images: ImageSet, held_out: ImageSet) -> tuple[keras.Model, list[str], float]:
    """Return a classifier of uint8 pictures, its classes and its accuracy on held-out pictures."""
    names = sorted(set(images.labels))
    labels, unseen = (np.array([names.index(label) for label in part.labels]) for part in (images, held_out))
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input(images.pixels.shape[1:]),
            layers.Rescaling(1 / 127.5, -1.0),
            layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
            layers.RandomContrast(0.4, value_range=(-1.0, 1.0)),
        ]
    )
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    for layer in (layers.Flatten(), layers.Dropout(0.3), layers.Dense(len(names))):
        model.add(layer)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(images.pixels, labels, batch_size=64, epochs=EPOCHS, verbose=0)
    return model, names, float(model.evaluate(held_out.pixels, unseen, verbose=0)[1])


def shares(model: keras.Model, names: list[str], pictures: np.ndarray) -> dict[str, float]:
    """Return the share of the pictures that goes to each class."""
    chosen = model.predict(pictures, batch_size=256, verbose=0).argmax(1)
    return {name: float((chosen == index).mean()) for index, name in enumerate(names)}
