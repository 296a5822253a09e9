"""A step on several devices: each has a replica of the networks, and takes its rows of the batch.

Randomness is drawn for the whole batch, and each replica keeps its rows of it. So a step on several devices computes
what it would on one, but for rounding. On one device none of this adds an operation.
"""

import tensorflow as tf


def replica_count() -> int:
    """Return how many devices compute the step that is being traced."""
    context = tf.distribute.get_replica_context()
    return context.num_replicas_in_sync if context else 1


def batch_size(rows: tf.Tensor) -> tf.Tensor:
    """Return the size of the whole batch, int32, of which this replica has the rows `[n, ...]`."""
    count = tf.shape(rows)[0]
    return count if replica_count() == 1 else count * replica_count()


def own_rows(batch: tf.Tensor, axis: int = 0) -> tf.Tensor:
    """Return this replica's rows of what was drawn for the whole batch, whose rows lie along `axis`."""
    if replica_count() == 1:
        return batch
    return part_of(batch, replica_count(), tf.distribute.get_replica_context().replica_id_in_sync_group, axis)


def part_of(batch: tf.Tensor, parts: int, number: int | tf.Tensor, axis: int = 0) -> tf.Tensor:
    """Return one of so many equal parts of a batch, whose rows lie along `axis`."""
    return tf.stack(tf.split(batch, parts, axis))[number]


def mean_of_replicas(value: tf.Tensor) -> tf.Tensor:
    """Return the mean of a tensor over all replicas."""
    if replica_count() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, value)
