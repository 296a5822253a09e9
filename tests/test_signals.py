import os
import signal

import pytest

from dcgan_tf import signals
from dcgan_tf.signals import StopRequest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_noted_and_repeats_are_the_same_request(number):
    before = signal.getsignal(number)
    with StopRequest() as stop:
        assert not stop.received
        for _ in range(3):
            os.kill(os.getpid(), number)
        assert stop.received
    assert signal.getsignal(number) == before


def test_a_ctrl_c_long_after_the_first_stops_at_once(monkeypatch):
    monkeypatch.setattr(signals, "GRACE_SECONDS", -1.0)
    with pytest.raises(KeyboardInterrupt), StopRequest():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
