"""`python -m dcgan_tf`: what the Makefile calls."""

import sys

from dcgan_tf.launcher import main

sys.exit(main(sys.argv[1:]))
