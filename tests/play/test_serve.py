"""Serving the explore page: to whom, what, for how long, and what is said where that cannot be."""

import contextlib
import importlib.util
import os
import re
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dcgan_tf import DcganError
from dcgan_tf.play.explore.serve import serve
from dcgan_tf.run.places import find_root
from tests.support.explore_server import children, kernels, serving, state, wait_until_gone

WEBSOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(finished, tmp_path_factory):
    """Return a server that was started in an empty folder, by an account with a "python3" of its own for Jupyter."""
    place = tmp_path_factory.mktemp("place")
    kernel = place / "share" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "Elsewhere", "language": "python"}')
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setenv("JUPYTER_PATH", str(place / "share"))
        yield stack.enter_context(serving(place, str(finished.folder)))


@pytest.fixture(scope="module")
def kernel(served) -> str:
    return visit(served)


def visit(served, whole: bool = False) -> str:
    """Visit the page, waiting for all of it or not, and return which kernel it got."""
    with urllib.request.urlopen(served.address, timeout=120) as answer:
        for line in answer:
            found = re.search(rb'"kernelId": "([\w-]+)"', line)
            if found:
                if whole:
                    answer.read()
                return found[1].decode()
    pytest.fail("the page names no kernel")


def status(address: str, headers: dict[str, str] | None = None, data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, headers or {}), timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def handshake(host: str, port: int, path: str) -> int:
    """Ask for a websocket and return the status of the answer: 101 where it is opened."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host.removeprefix('http://')}", f"Origin: {host}"]
        lines += [f"{name}: {value}" for name, value in WEBSOCKET.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.recv(100).split()[1])


def test_without_the_token_nothing_is_served(served, kernel):
    # With the token, these are there.
    static, extension = "voila/static/voila.js", "voila/labextensions/anywidget/package.json"
    one, channels = f"api/kernels/{kernel}", f"api/kernels/{kernel}/channels"
    assert [status(served.address + path) for path in (static, extension, one)] == [200, 200, 200]
    assert handshake(served.host, served.port, f"/{served.token}/{channels}") == 101
    paths = [
        "", static, extension, "static/style.css", "api/kernels", one, channels, "voila/templates/lab/static/index.css",
        "voila/api/themes/", "voila/files/Explore.ipynb", "voila/files/run.json", "voila/render/Explore.ipynb",
        "voila/tree", "login", "logout", "lab", "tree", "notebooks/explore.ipynb", "outputs", "run.json", "../run.json",
        "%2e%2e/run.json", "?token=", "wrong-token/", f"x{served.token}/",
    ]  # fmt: skip
    for path in paths:
        assert status(f"{served.host}/{path}") in (403, 404), path
    assert status(f"{served.host}/voila/api/shutdown/{kernel}", data=b"") in (403, 404)
    assert handshake(served.host, served.port, f"/{channels}") in (403, 404)


def test_the_token_opens_no_file_but_those_of_the_page_itself(served, finished):
    for path in ("Explore.ipynb", "run.json", "../../etc/passwd", "%2e%2e/run.json", str(finished.folder / "run.json")):
        assert status(f"{served.address}voila/files/{path}") in (403, 404), path


@pytest.mark.slow
def test_a_page_that_is_left_ends_its_kernel_but_nobody_without_the_token_does(served):
    kernel = visit(served, whole=True)
    process = kernels(served.process.pid)[kernel]
    assert status(f"{served.host}/voila/api/shutdown/{kernel}", data=b"") in (403, 404)
    assert status(f"{served.address}api/kernels/{kernel}") == 200 and state(process) not in ("", "Z")
    assert status(f"{served.address}voila/api/shutdown/{kernel}", data=b"") == 204
    wait_until_gone([process])


@pytest.mark.slow
def test_a_kernel_that_dies_is_gone_and_not_replaced(served):
    kernel = visit(served, whole=True)
    os.kill(kernels(served.process.pid)[kernel], signal.SIGKILL)
    until = time.monotonic() + 60
    while status(f"{served.address}api/kernels/{kernel}") != 404:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert kernel not in kernels(served.process.pid)


def test_another_name_for_this_machine_leads_nowhere(served, kernel):
    one = f"api/kernels/{kernel}"
    for host, expected in (("localhost", 200), ("127.0.0.1", 200), ("elsewhere.example", 403)):
        assert status(served.address + one, {"Host": f"{host}:{served.port}"}) == expected, host
    assert status(served.address, {"Host": "elsewhere.example"}) == 403
    assert handshake("http://elsewhere.example", served.port, f"/{served.token}/{one}/channels") == 403


def test_wrong_addresses_print_no_traceback_and_no_token(served):
    lines = len(served.lines)
    for path in ("voila/templates/x", "voila/files/x", "api/kernels/a-b-c-d-e", "nothing"):
        assert status(served.address + path) >= 400
    visit(served)  # by now all that was printed has arrived
    printed = "".join(served.lines[lines:])
    assert "Traceback" not in printed and served.token not in printed


def test_the_token_is_in_no_command_line(served, kernel):
    if not Path("/proc").is_dir():
        pytest.skip("there is no /proc to look into")
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            assert served.token.encode() not in process.read_bytes()


def test_only_this_machine_is_listened_to(served):
    own = socket.gethostbyname(socket.gethostname())
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError), socket.create_connection((own, served.port), timeout=5):
        pass


def test_a_port_that_is_taken_is_told_and_another_one_found(served, finished):
    with pytest.raises(
        DcganError, match=rf"^`port` should be free to listen on. Received: {served.port}, which is in use"
    ):
        serve(find_root(), str(finished.folder), port=served.port)
    with pytest.raises(DcganError, match=r"^`port` should be free to listen on. Received: 70000, which is above 65535"):
        serve(find_root(), str(finished.folder), port=70_000)


def test_wrong_runs_are_told_before_a_server_starts(tmp_path, finished):
    with pytest.raises(DcganError, match=r"nowhere is not the folder of a run"):
        serve(find_root(), "outputs/nowhere")
    with pytest.raises(DcganError, match=r"^`run` should be the folder of one run.*which holds many"):
        serve(find_root(), "outputs")
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(DcganError, match=r"is damaged: it is not JSON"):
        serve(find_root(), str(tmp_path))


def test_without_voila_one_sentence_says_what_to_install(monkeypatch):
    plain = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "voila" else plain(name))
    with pytest.raises(
        DcganError, match=r'^The explore page needs voila. Install it with `pip install "dcgan-tf\[explore\]"`'
    ):
        serve(find_root(), "")


@pytest.mark.parametrize("step", ["_write_page", "_wait_until_up"])
def test_ctrl_c_while_it_starts_is_no_failure_either(monkeypatch, capsys, finished, step):
    monkeypatch.setattr(
        sys.modules["dcgan_tf.play.explore.serve"], step, lambda *_: os.kill(os.getpid(), signal.SIGINT)
    )
    assert serve(find_root(), str(finished.folder)) == 0
    assert "Stopped." in capsys.readouterr().out


def test_ctrl_c_ends_the_server_and_its_kernels_without_a_traceback(served, kernel):
    below = children(served.process.pid)
    assert len(below) >= 2  # the server, and the kernel of a visitor
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(60) == 0
    assert "Traceback" not in "".join(served.lines) and "Stopped." in "".join(served.lines)
    wait_until_gone(below)


@pytest.mark.slow
def test_a_server_whose_starter_is_killed_ends_by_itself_and_tidies_up(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(find_root(), str(finished.folder)) as served:
        below = children(served.process.pid)
        served.process.kill()
        served.process.wait(60)
        wait_until_gone(below)
    assert not list(tmp_path.glob("dcgan-tf-*"))
