import os
import signal
from types import SimpleNamespace

import pytest

from dcgan_tf.common import signals
from dcgan_tf.common.signals import stop_request


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_noted_and_repeats_are_the_same_request(number):
    before = signal.getsignal(number)
    with stop_request() as stop:
        assert not stop.received
        for _ in range(3):
            os.kill(os.getpid(), number)
        assert stop.received
    assert signal.getsignal(number) == before


def test_a_ctrl_c_long_after_the_last_stops_at_once(monkeypatch):
    times = iter([0.0, 6.0, 12.0, 18.0, 40.0])
    monkeypatch.setattr(signals, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with pytest.raises(KeyboardInterrupt), stop_request() as stop:
        for _ in range(4):  # each soon after the one before, the last long after the first
            os.kill(os.getpid(), signal.SIGINT)
            assert stop.received
        os.kill(os.getpid(), signal.SIGINT)
    assert next(times, None) is None


def test_a_hang_up_that_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_request() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.received
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
