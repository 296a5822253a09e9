"""What all tabs of the page share: the run, the current picture, and how to draw."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import to_pixels
from dcgan_tf.play.directions import Directions, activation_directions, weight_directions
from dcgan_tf.run.run import Run

BATCH = 64  # pictures drawn at once
KINDS = {"sefa": weight_directions, "ganspace": activation_directions}


class State:
    """A run and its current picture. Latents are float32 `[n, latent_dim]`, pictures uint8 `[n, size, size, channels]`.

    `origin` is the picture that was chosen, `base` where the sliders start from, `latents` what they made of it: all
    float32 `[latent_dim]`.
    """

    def __init__(self, run: Run) -> None:
        """Open the run and get ready to draw."""
        self.run = run
        self.size, self.channels = run.config.image_size, run.config.channels
        self.latent_dim = run.config.latent_dim
        generator = run.generator  # loaded here: within a traced function its weights would get lost
        draw = tf.function(lambda latents: to_pixels(generator(latents, training=False)))
        # One picture has a function of its own, whose shapes are all known: a slider waits for it.
        self._draw_one = draw.get_concrete_function(tf.TensorSpec([1, self.latent_dim]))
        self._draw_many = draw.get_concrete_function(tf.TensorSpec([None, self.latent_dim]))
        self._directions: dict[str, Directions] = {}
        self._when_chosen: list[Callable[[], None]] = []
        self._when_moved: list[Callable[[], None]] = []
        self.name = "The average picture"
        self.origin = self.base = self.latents = np.zeros(self.latent_dim, np.float32)
        for count in (1, 2):  # the first call of each is slow
            self.draw(np.zeros((count, self.latent_dim), np.float32))

    def draw(self, latents: np.ndarray) -> np.ndarray:
        """Return the pictures of latents, uint8 `[n, size, size, channels]`."""
        if len(latents) == 1:
            return self._draw_one(tf.constant(latents)).numpy()
        parts = [latents[start : start + BATCH] for start in range(0, len(latents), BATCH)]
        return np.concatenate([self._draw_many(tf.constant(part)).numpy() for part in parts])

    def directions(self, kind: str) -> Directions:
        """Return the directions of a kind, "sefa" or "ganspace"; found once."""
        if kind not in self._directions:
            self._directions[kind] = KINDS[kind](self.run.generator)
        return self._directions[kind]

    def on_chosen(self, callback: Callable[[], None]) -> None:
        """Call this whenever the sliders start from another picture, before it is shown."""
        self._when_chosen.append(callback)

    def on_moved(self, callback: Callable[[], None]) -> None:
        """Call this whenever the current picture changes."""
        self._when_moved.append(callback)

    def choose(self, latents: np.ndarray, name: str) -> None:
        """Make latents, float32 `[latent_dim]`, the current picture, and say what it is."""
        self.origin, self.name = latents, name
        self.start_from(latents)

    def start_from(self, latents: np.ndarray) -> None:
        """Let the sliders start anew from latents, float32 `[latent_dim]`, that the chosen picture has become."""
        self.base = latents
        for callback in self._when_chosen:
            callback()
        self.move(latents)

    def move(self, latents: np.ndarray) -> None:
        """Show what sliders made of the chosen picture."""
        self.latents = latents
        for callback in self._when_moved:
            callback()
