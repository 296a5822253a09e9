"""`python -m dcgan_tf`: what the Makefile calls."""

import sys

from dcgan_tf.cli.main import main

sys.exit(main(sys.argv[1:]))
