"""`python -m dcgan_tf`: the same as `dcgan-tf`."""

import sys

from dcgan_tf.cli.main import main

sys.exit(main())
