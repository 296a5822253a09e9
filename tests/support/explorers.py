"""Using the widgets of the explore page as a page would."""

import io

import anywidget
import numpy as np
from PIL import Image

from dcgan_tf.play.explore.jobs import Notice
from dcgan_tf.play.explore.page import Explorer


def photo(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    rows, columns = np.mgrid[:height, :width]
    disc = np.hypot(rows - height / 2, columns - width / 2) < height / 3
    page = io.BytesIO()
    Image.fromarray(np.where(disc[..., None], np.uint8([220, 160, 60]), np.uint8(40))).save(page, kind)
    return page.getvalue()


def send(widget: anywidget.AnyWidget, content: object, *buffers: bytes) -> None:
    """Hand a message to a widget as a page does."""
    widget._handle_custom_msg(content, [memoryview(each) for each in buffers])


def upload(explorer: Explorer, name: str, data: bytes) -> str:
    """Upload a file and return the sentence that answers it, if any."""
    explorer.photo.uploader.finish(name, data, len(data))
    return explorer.photo.notice.box.value


def shown(notice: Notice) -> str:
    return notice.box.value
