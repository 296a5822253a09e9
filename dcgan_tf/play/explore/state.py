"""What all tabs share: the run, the current picture, and drawing."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import to_pixels
from dcgan_tf.play.directions import Directions, activation_directions, weight_directions
from dcgan_tf.run.run import Run

BATCH = 64  # pictures drawn at once
KINDS = {"sefa": weight_directions, "ganspace": activation_directions}


class State:
    """A run and its current picture.

    `origin` is the picture that was chosen, `base` the one that the sliders start from, `latents` the current one: all
    are inputs of the generator, float32 `[input_dim]`, latents and, if the run has classes, a one-hot class.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.shape = run.config.shape  # of a picture: height, width, channels
        self.latent_dim, self.input_dim = run.config.latent_dim, run.config.input_dim
        generator = run.generator  # loaded here: loaded in a traced function, it would lose its weights
        draw = tf.function(lambda latents: to_pixels(generator(latents, training=False)))
        # For one picture, a function with fixed shapes is faster; the sliders use it.
        self._draw_one = draw.get_concrete_function(tf.TensorSpec([1, self.input_dim]))
        self._draw_many = draw.get_concrete_function(tf.TensorSpec([None, self.input_dim]))
        self._directions: dict[str, Directions] = {}
        self.when_chosen: list[Callable[[], None]] = []  # called when the sliders get a new start, before it is shown
        self.when_moved: list[Callable[[], None]] = []  # called when the current picture changes
        self.name = "The average picture"
        self.origin = self.base = self.latents = np.zeros(self.input_dim, np.float32)
        for count in (1, 2):  # the first call of each is slow
            self.draw(np.zeros((count, self.input_dim), np.float32))

    def draw(self, latents: np.ndarray) -> np.ndarray:
        """Return the pictures of inputs `[n, input_dim]`, uint8 `[n, height, width, channels]`."""
        if len(latents) == 1:
            return self._draw_one(tf.constant(latents)).numpy()
        parts = [latents[start : start + BATCH] for start in range(0, len(latents), BATCH)]
        return np.concatenate([self._draw_many(tf.constant(part)).numpy() for part in parts])

    def current(self) -> np.ndarray:
        """Return the current picture, uint8 `[height, width, channels]`."""
        return self.draw(self.latents[None])[0]

    def directions(self, kind: str) -> Directions:
        """Return the directions of a kind, "sefa" or "ganspace", as steps of inputs `[k, input_dim]`; computed once."""
        if kind not in self._directions:
            classes = self.run.config.classes
            found = KINDS[kind](self.run.generator, classes=classes)
            self._directions[kind] = found._replace(vectors=np.pad(found.vectors, [(0, 0), (0, classes)]))
        return self._directions[kind]

    def choose(self, latents: np.ndarray, name: str) -> None:
        """Make an input, float32 `[input_dim]`, the current picture, with a name to show."""
        self.origin, self.name = latents, name
        self.start_from(latents)

    def start_from(self, latents: np.ndarray) -> None:
        """Restart the sliders from an input, float32 `[input_dim]`; `origin` stays."""
        self.base = latents
        for callback in self.when_chosen:
            callback()
        self.move(latents)

    def move(self, latents: np.ndarray) -> None:
        """Make an input, float32 `[input_dim]`, the current picture, `base` moved by the sliders."""
        self.latents = latents
        for callback in self.when_moved:
            callback()
