"""The real kagglehub, talking to a server on this machine."""

import inspect
import io
import json
import stat
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.download import SOURCES, download
from tests.support.kaggle_files import FILES, picture


def good_zip(names) -> bytes:
    return zip_of(*((name, picture()) for name in names))


def zip_of(*entries) -> bytes:
    """Return a zip file of names, or entries made by hand, and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def tar_of(*entries) -> bytes:
    """Return a tar file of names and contents; a text is a link to there, and one with "hard:" a hard link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type = tarfile.LNKTYPE if content.startswith("hard:") else tarfile.SYMTYPE
                member.linkname = content.removeprefix("hard:")
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zip_link(name: str) -> zipfile.ZipInfo:
    """Return an entry that Unix takes for a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


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
            names = FILES[f"{request['ownerSlug']}/{request['datasetSlug']}"]
            self.answer(200, "application/zip", (self.server.archive or good_zip)(names)[: self.server.cut])

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
        http.seen, http.status, http.cut, http.archive = [], 200, None, None
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
    with pytest.raises(DcganError, match=rf"HTTP {status}\). Download it by hand from https://www.kaggle.com/datasets"):
        download("kiwi", tmp_path / "data")


def test_the_real_client_without_network(tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(DcganError, match=r"\(no connection to Kaggle\). Download it by hand"):
        download("vehicles", tmp_path / "data")


def test_the_real_client_gets_half_an_archive(tmp_path, server):
    server.cut = 300
    with pytest.raises(DcganError, match=r"could not be downloaded \("):
        download("vehicles", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def hostile(outside: Path) -> dict:
    """Return archives that reach out of the folder they are unpacked into, by name."""
    bad = b"from outside"
    files = [(name, picture()) for name in FILES["moltean/fruits"]]
    return {
        "zip, dots": zip_of(*files, ("../../escape.txt", bad), ("a/../../../escape.txt", bad)),
        "zip, absolute": zip_of(*files, (str(outside / "escape.txt"), bad)),
        "zip, link": zip_of(*files, (zip_link("way"), str(outside)), ("way/escape.txt", bad)),
        "zip, backslashes": zip_of(*files, ("..\\..\\escape.txt", bad)),
        "tar": tar_of(*files),
        "tar, dots": tar_of(*files, ("../../escape.txt", bad)),
        "tar, absolute": tar_of(*files, (str(outside / "escape.txt"), bad)),
        "tar, link": tar_of(*files, ("way", str(outside)), ("way/escape.txt", bad)),
        "tar, relative link": tar_of(*files, ("way", "../../outside"), ("way/escape.txt", bad)),
        "tar, link in Kiwi": tar_of(*files, (FILES["moltean/fruits"][0][:-9] + "way.jpg", str(outside / "mine.jpg"))),
        "tar, hard link": tar_of(*files, ("way", f"hard:{outside / 'mine.jpg'}"), ("way", bad)),
        "tar, chain": tar_of(*files, ("a", "."), ("b", "a/.."), ("c", "b/.."), ("c/outside/escape.txt", bad)),
    }


@pytest.mark.parametrize("kind", hostile(Path("/outside")))
def test_no_archive_reaches_out_of_its_folder(tmp_path, server, kind):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.jpg").write_bytes(b"mine")
    server.archive = lambda names: hostile(outside)[kind]
    before = contents(tmp_path, skip=tmp_path / "data")
    try:
        folder = download("kiwi", tmp_path / "data")
    except DcganError as error:
        assert str(error).isprintable() and len(str(error)) < 600
        assert list((tmp_path / "data").iterdir()) == []
        assert kind != "tar"
    else:
        top = (tmp_path / "data/fruits-360").resolve()
        assert all(path.resolve().is_relative_to(top) for path in top.rglob("*"))
        assert folder.is_relative_to(top) and len(list(folder.iterdir())) == 2
    assert contents(tmp_path, skip=tmp_path / "data") == before


def contents(folder, skip) -> dict[str, bytes]:
    """Return all files below a folder, but for those below another."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(skip) and not path.is_relative_to(folder / "home")
    }
