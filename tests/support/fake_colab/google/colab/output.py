"""Widgets in Colab: those of other packages than ipywidgets are shown only with a note of their manager."""

from typing import Any

from IPython import get_ipython

VIEW = "application/vnd.jupyter.widget-view+json"


def enable_custom_widget_manager() -> None:
    """Add the note to all widgets that are displayed from now on."""
    get_ipython().display_pub.register_hook(_add_note)


def _add_note(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if VIEW in content.get("data", {}):
        content["metadata"][VIEW] = {"colab": {"custom_widget_manager": {"url": "https://example.com/manager.js"}}}
    return message
