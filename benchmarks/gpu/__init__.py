"""The training step on a GPU where TensorFlow is not: as the program that XLA gets from it, run by JAX's client.

On any machine, with this project's packages (some minutes; about 150 MB):

    python -m benchmarks.gpu.export outputs/gpu

On the machine with the GPU, where that folder and this package are and JAX and PyTorch are installed (8 minutes; what
does not fit into them is left out, and said):

    JAX_ENABLE_X64=1 python -m benchmarks.gpu outputs/gpu

The second command needs neither TensorFlow nor Keras. It writes results/gpu.json, with the name of the card.
"""
