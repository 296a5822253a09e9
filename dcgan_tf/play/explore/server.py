"""The process that serves the page, by Voila. `serve.py` starts it and writes its settings to its standard input."""

import json
import logging
import os
import shutil
import signal
import sys
import threading

from jupyter_server.auth.identity import PasswordIdentityProvider
from traitlets.config import Config
from voila.app import Voila


class SecretAddress(PasswordIdentityProvider):
    """No login: the address itself is the secret."""

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return no pages: those for login and logout would be outside the secret address."""
        return []


def main() -> None:
    """Read one line of settings, as JSON, and serve until stopped or until the process that started this one ends."""
    settings = json.loads(sys.stdin.readline())
    # Tornado logs addresses, which hold the token, and a traceback for a wrong address.
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    try:
        # The user's own configuration is not read: it could undo these restrictions.
        Voila.launch_instance(
            argv=[], config=Config(settings), config_file_paths=[], identity_provider_class=SecretAddress
        )
    finally:  # the starting process does so too, unless it was killed
        shutil.rmtree(settings["Voila"]["connection_dir_root"], ignore_errors=True)


def _end_with_starter() -> None:
    """Stop when standard input is closed, which happens however the starting process ends."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
