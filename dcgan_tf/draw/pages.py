"""Pages from jinja2 templates, HTML or Markdown, in which no value can become markup.

Titles, names and versions in a run folder may come from anyone, and pages are published.
"""

import re
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dcgan_tf.common.checks import is_finite
from dcgan_tf.common.text import cut_paths, one_line

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&:@])")  # characters with a meaning in Markdown


def render_html(package: str, template: str, values: Mapping[str, object]) -> str:
    """Return a page from a template in a package's folder; values are escaped."""
    return _environment(package).get_template(template).render(values)


def render_markdown(package: str, template: str, values: Mapping[str, object]) -> str:
    """Return a page from a template in a package's folder; each value becomes one line of text, by `cell`."""
    environment = _environment(package)
    environment.finalize = lambda value: value if isinstance(value, Markup) else Markup(cell(value))
    return environment.get_template(template).render(values)


def _environment(package: str) -> Environment:
    found = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"breakable": breakable, "number": number}
    return found


def plain(text: object) -> str:
    """Return any text as one line of printable characters, each path of the machine cut to its last part."""
    return " ".join(cut_paths(one_line(str(text))).split()) or "untitled"


def cell(text: object) -> str:
    """Return text escaped for Markdown, also in a table."""
    return SPECIAL.sub(r"\\\1", plain(text))


def breakable(name: str) -> Markup:
    """Return a name as HTML in which a line may break after _ and /."""
    return Markup(re.sub(r"([_/])", r"\1<wbr>", str(escape(name))))


def number(value: object, digits: int = 6, otherwise: str = "") -> str:
    """Return a finite number as text; `otherwise` for anything else, which a damaged file may hold."""
    if not is_finite(value):
        return otherwise
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"
