"""The real kagglehub, talking to a server on this machine."""

import inspect
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kaggle_files import FILES, picture

from dcgan_tf.download import SOURCES, download
from dcgan_tf.errors import DcganError


class Kaggle(BaseHTTPRequestHandler):
    """As much of Kaggle as a download needs."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = self.path.rsplit("/", 1)[-1]
        self.server.seen.append((method, request.get("ownerSlug"), request.get("datasetSlug")))
        if self.server.status != 200:
            self.answer(self.server.status, "application/json", b'{"message": "no"}')
        elif method == "GetDataset":
            self.answer(200, "application/json", json.dumps({"currentVersionNumber": 9}).encode())
        else:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for name in FILES[f"{request['ownerSlug']}/{request['datasetSlug']}"]:
                    archive.writestr(name, picture())
            self.answer(200, "application/zip", buffer.getvalue()[: self.server.cut])

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Serve Kaggle at 127.0.0.1, as what kagglehub calls the local environment, without anybody's credentials."""
    environment = pytest.importorskip("kagglesdk.kaggle_env")
    real = pytest.importorskip("kagglehub")
    if "output_dir" not in inspect.signature(real.dataset_download).parameters:
        pytest.skip("this kagglehub takes its address from elsewhere")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_KERNEL_RUN_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "home/.kaggle"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Kaggle) as http:
        http.seen, http.status, http.cut = [], 200, None
        monkeypatch.setitem(
            environment._env_to_endpoint, environment.KaggleEnv.LOCAL, f"http://127.0.0.1:{http.server_port}"
        )
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield http
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["kiwi", "vehicles"])
def test_the_real_client_downloads_from_a_server(tmp_path, server, name):
    folder = download(name, tmp_path / "data")
    owner, dataset = SOURCES[name].handle.split("/")
    assert [(seen[1], seen[2]) for seen in server.seen] == [(owner, dataset)] * 2
    assert len(list(folder.rglob("*.jpg"))) == {"kiwi": 2, "vehicles": 3}[name]
    assert download(name, tmp_path / "data") == folder
    assert len(server.seen) == 2  # no request for what is there
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_the_real_client_is_refused(tmp_path, server, status):
    server.status = status
    with pytest.raises(DcganError, match=rf"HTTP {status}\); download it by hand from https://www.kaggle.com/datasets"):
        download("kiwi", tmp_path / "data")


def test_the_real_client_without_network(tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(DcganError, match=r"\(no connection to Kaggle\); download it by hand"):
        download("vehicles", tmp_path / "data")


def test_the_real_client_gets_half_an_archive(tmp_path, server):
    server.cut = 300
    with pytest.raises(DcganError, match=r"should come from Kaggle, but did not \("):
        download("vehicles", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []
