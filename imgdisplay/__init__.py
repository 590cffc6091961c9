"""Pictures where your data is.

PIL images, arrays and paths show as thumbnails in DataFrames, notebooks and HTML reports,
without a file being written and without one bad image breaking a cell.

Every public name is loaded when it is first used, so ``import imgdisplay`` costs next to
nothing and never imports pandas, numpy or IPython.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgdisplay.accessor import register_accessor as register_accessor
    from imgdisplay.convert.arrays import to_array as to_array
    from imgdisplay.convert.files import as_file as as_file
    from imgdisplay.convert.files import as_path as as_path
    from imgdisplay.convert.mail import attach as attach
    from imgdisplay.convert.mail import mime_image as mime_image
    from imgdisplay.convert.reading import from_base64 as from_base64
    from imgdisplay.convert.reading import from_data_uri as from_data_uri
    from imgdisplay.convert.writing import to_base64 as to_base64
    from imgdisplay.convert.writing import to_bytes as to_bytes
    from imgdisplay.core.cache import cache_info as cache_info
    from imgdisplay.core.cache import clear_cache as clear_cache
    from imgdisplay.core.encode import Thumbnail as Thumbnail
    from imgdisplay.core.html import Html as Html
    from imgdisplay.core.overlay import overlay as overlay
    from imgdisplay.core.pipeline import open_image as open_image
    from imgdisplay.core.pipeline import thumbnail as thumbnail
    from imgdisplay.core.sources import register_source as register_source
    from imgdisplay.display import data_uri as data_uri
    from imgdisplay.display import gallery as gallery
    from imgdisplay.display import img as img
    from imgdisplay.display import table as table
    from imgdisplay.errors import DecodeError as DecodeError
    from imgdisplay.errors import EncodeError as EncodeError
    from imgdisplay.errors import ImgDisplayError as ImgDisplayError
    from imgdisplay.errors import MissingExtra as MissingExtra
    from imgdisplay.errors import OptionError as OptionError
    from imgdisplay.errors import SourceError as SourceError
    from imgdisplay.errors import SourceNotFound as SourceNotFound
    from imgdisplay.errors import SourceRefused as SourceRefused
    from imgdisplay.errors import UnsupportedSource as UnsupportedSource
    from imgdisplay.formatter import image_formatter as image_formatter
    from imgdisplay.formatter import style_pictures as style_pictures
    from imgdisplay.notebook import disable as disable
    from imgdisplay.notebook import enable as enable
    from imgdisplay.notebook import load_ipython_extension as load_ipython_extension
    from imgdisplay.notebook import unload_ipython_extension as unload_ipython_extension
    from imgdisplay.notebook.show import show as show
    from imgdisplay.options import Options as Options
    from imgdisplay.options import get_options as get_options
    from imgdisplay.options import options as options
    from imgdisplay.options import set_options as set_options
    from imgdisplay.report import Report as Report
    from imgdisplay.report import report as report
    from imgdisplay.report.workbook.writer import to_excel as to_excel
    from imgdisplay.storing import encode_column as encode_column

__version__ = "0.1.0"

_HOMES = {
    "accessor": ["register_accessor"],
    "convert.arrays": ["to_array"],
    "convert.files": ["as_file", "as_path"],
    "convert.mail": ["attach", "mime_image"],
    "convert.reading": ["from_base64", "from_data_uri"],
    "convert.writing": ["to_base64", "to_bytes"],
    "core.cache": ["cache_info", "clear_cache"],
    "core.encode": ["Thumbnail"],
    "core.html": ["Html"],
    "core.overlay": ["overlay"],
    "core.pipeline": ["open_image", "thumbnail"],
    "core.sources": ["register_source"],
    "display": ["data_uri", "gallery", "img", "table"],
    "formatter": ["image_formatter", "style_pictures"],
    "errors": [
        "DecodeError",
        "EncodeError",
        "ImgDisplayError",
        "MissingExtra",
        "OptionError",
        "SourceError",
        "SourceNotFound",
        "SourceRefused",
        "UnsupportedSource",
    ],
    "notebook": [
        "disable",
        "enable",
        "load_ipython_extension",
        "show",
        "unload_ipython_extension",
    ],
    "options": ["Options", "get_options", "options", "set_options"],
    "report": ["Report", "report"],
    "report.workbook.writer": ["to_excel"],
    "storing": ["encode_column"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - derived, so that the names are written once


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(ModuleType):
    # The import system binds each submodule as an attribute of its package. `options` and
    # `report` are submodules and public functions: the function is what the name means here.
    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    # Functions that use the package are sent to clusters by pickles, which know plain modules.
    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return import_module, (self.__name__,)


sys.modules[__name__].__class__ = _Package
