"""A real JupyterLab on loopback, and what it draws of a notebook.

The server has configuration, data and kernel of its own, so that nothing of the machine's
Jupyter shows through: the kernel is the interpreter that runs the tests. The browser is the
fixture ``browser``; a page's theme follows its colour scheme, as Lab's adaptive theme does.
``python tests/browser/jupyterlab.py FOLDER notebooks/*.ipynb`` runs notebooks and leaves
screenshots in the folder: light, dark and without trust.

The name of this file hides the real package in the process of the tests, which needs it only
as a command: `is_installed` asks the metadata instead.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

#: A server or a page that has said nothing for so long will not.
PATIENCE = 60.0

_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # A notebook that saved itself would become trusted.
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    # Cells outside of the window would otherwise not be in the page.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}

_ARGUMENTS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
]


def is_installed() -> bool:
    """Tell whether there is a JupyterLab to start."""
    try:
        importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


# --------------------------------------------------------------------------- the server


@dataclass(frozen=True)
class Server:
    """A running JupyterLab; what lies in its folder can be opened in it."""

    url: str
    folder: Path

    def trust(self, name: str) -> None:
        """Let the outputs of a notebook count as made here, as ``jupyter trust`` does."""
        import nbformat
        from nbformat.sign import NotebookNotary

        notary = NotebookNotary(data_dir=str(self.folder.parent / "data"))
        notary.sign(nbformat.read(self.folder / name, as_version=4))
        notary.store.close()

    def address(self, name: str) -> str:
        """Return where a notebook of the folder is shown alone, without side bars."""
        return f"{self.url}doc/workspaces/auto-tests/tree/{urllib.parse.quote(name)}?reset"


@contextmanager
def running(folder: Path, *, seconds: float = PATIENCE) -> Iterator[Server]:
    """Run a JupyterLab below `folder`; at the end it and its kernels are gone.

    Raises
    ------
    RuntimeError
        If it does not start, with the end of what it wrote.
    """
    folder = folder.resolve()
    root = folder / "notebooks"
    root.mkdir(parents=True)
    environment = _environment(folder)
    command = [sys.executable, "-m", "jupyterlab", *_ARGUMENTS]
    command += [f"--ServerApp.root_dir={root}", f"--ServerApp.port={_free_port()}"]
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield Server(_ready(process, folder / "runtime", log, seconds), root)
    finally:
        _end(process)


def _environment(folder: Path) -> dict[str, str]:
    """Write the server's own configuration, and return the environment that points to it."""
    files = {
        "config/labconfig/default_setting_overrides.json": _SETTINGS,
        "data/kernels/python3/kernel.json": {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3",
            "language": "python",
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("JUPYTER", "JPY", "PYTEST", "IPYTHON"))
        and not name.upper().endswith("_PROXY")
    }
    return kept | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PATH": str(folder / "data"),  # before the kernels of the interpreter's folder
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def _free_port() -> int:
    # Somebody may take it before the server does, who then takes another one and says so.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _ready(process: subprocess.Popen[bytes], runtime: Path, log: Path, seconds: float) -> str:
    """Wait until the server answers, and return its URL with a slash at the end."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        # Written when the port is bound; it names the port.
        for found in runtime.glob(f"jpserver-{process.pid}.json"):
            try:
                url: str = json.loads(found.read_text(encoding="utf-8"))["url"]
                with direct.open(f"{url}api/status", timeout=5):
                    return url
            except (OSError, ValueError):  # half written, or not answering yet
                continue
        time.sleep(0.05)
    end = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"JupyterLab did not start; it wrote:\n{end}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and wait for it.

    Asked politely, it takes its kernels along. Killed, it leaves them: they end by themselves
    when they notice that their parent has gone.
    """
    for ask in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, ask)
            else:
                process.send_signal(ask)
        except ProcessLookupError:
            pass
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue
        return


# --------------------------------------------------------------------------- the page


@dataclass(frozen=True)
class Said:
    """What the markup of one ``<img>`` says; an attribute that is not there is empty.

    Attributes
    ----------
    source
        The beginning of ``src``, up to the data.
    style
        The style attribute as the browser understood it, by property.
    """

    source: str
    width: str
    height: str
    alt: str
    title: str
    css_class: str
    style: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Shown:
    """One ``<img>`` of an output as the browser drew it.

    Attributes
    ----------
    cell
        The id of the notebook's cell.
    number
        Which of the notebook's pictures it is, from 0.
    html
        Whether it stands in the output's HTML; of an ``image/…`` Lab makes an ``<img>`` itself.
    hidden
        Whether it, or what it stands in, is not displayed at all.
    said
        What the markup says of it.
    natural
        (width, height) of the decoded picture; zeros if it could not be decoded.
    width, height
        The box drawn, in CSS pixels.
    """

    cell: str
    number: int
    html: bool
    hidden: bool
    said: Said
    natural: tuple[int, int]
    width: float
    height: float

    @property
    def has_intended_size(self) -> bool:
        """Whether it is drawn as its attributes say, within a pixel."""
        try:
            width, height = (float(side) for side in (self.said.width, self.said.height))
        except ValueError:
            return False
        return abs(self.width - width) <= 1 and abs(self.height - height) <= 1


_IN_TIME = """
(argument) => Promise.race([
  (%s)(argument),
  new Promise((_, fail) => setTimeout(() => {
    const dialog = document.querySelector(".jp-Dialog")?.innerText ?? "";
    fail(new Error(`JupyterLab kept us waiting ${dialog}`));
  }, %d)),
])
"""

_OPENED = """
async () => {
  const app = window.jupyterapp;
  await app.restored;
  while (!app.shell.currentWidget?.context) await new Promise((go) => setTimeout(go, 20));
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.revealed;
}
"""

_RUN = """
async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.sessionContext.ready;
  await window.jupyterapp.commands.execute("notebook:run-all-cells");
  const busy = () => panel.sessionContext.session?.kernel?.status !== "idle" ||
    panel.content.widgets.some((cell) => cell.promptNode?.textContent.includes("*"));
  while (busy()) await new Promise((go) => setTimeout(go, 20));
  return panel.content.widgets.flatMap((cell) => cell.model.outputs?.toJSON() ?? [])
    .filter((output) => output.output_type === "error")
    .map((output) => `${output.ename}: ${output.evalue}`);
}
"""

_SETTLED = """
async () => {
  const images = [...document.querySelectorAll(".jp-OutputArea-output img")];
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  await document.fonts.ready;
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
}
"""

_SAID = """
const said = (image) => ({
  source: image.src.split(",")[0].slice(0, 100),
  ...Object.fromEntries(["width", "height", "alt", "title"].map(
    (name) => [name, image.getAttribute(name) ?? ""])),
  css_class: image.className,
  style: Object.fromEntries([...image.style].map(
    (property) => [property, image.style.getPropertyValue(property)])),
});
"""

_IMAGES = f"""
() => {{
  {_SAID}
  return window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell) =>
    [...cell.node.querySelectorAll(".jp-OutputArea-output img")].map((image) => {{
      const {{width, height}} = image.getBoundingClientRect();
      return {{
        cell: cell.model.sharedModel.id,
        hidden: !image.getClientRects().length,
        html: !image.closest(".jp-RenderedImage"),
        said: said(image),
        natural: [image.naturalWidth, image.naturalHeight],
        width, height,
      }};
    }}));
}}
"""

_WRITTEN = f"""
(pages) => {{
  {_SAID}
  return pages.flatMap((page) =>
    [...new DOMParser().parseFromString(page, "text/html").images].map(said));
}}
"""

_TRUST = """
() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === "code" && cell.model.outputs.length)
  .map((cell) => cell.model.trusted)
"""

_THEME = """
async (dark) => {
  const node = document.body;
  while ((node.dataset.jpThemeLight === "false") !== dark)
    await new Promise((go) => setTimeout(go, 20));
  // The colours come with a style sheet that is loaded afterwards.
  const ink = () => getComputedStyle(node).getPropertyValue("--jp-layout-color0").trim();
  // Until then a splash covers everything, and it fades.
  const splash = () => document.getElementById("jupyterlab-splash");
  while (!ink() || splash()) await new Promise((go) => setTimeout(go, 20));
}
"""

_SCRIPTED = """
() => [...document.querySelectorAll(".jp-OutputArea-output *")].filter((element) =>
  ["SCRIPT", "IFRAME", "OBJECT", "EMBED"].includes(element.tagName) ||
  [...element.attributes].some(({name, value}) =>
    name.startsWith("on") ||
    (!["alt", "title"].includes(name) && /^\\s*javascript:/i.test(value)))
).map((element) => element.outerHTML.slice(0, 200))
"""

_HEIGHT = """
() => {
  const cells = document.querySelector(".jp-NotebookPanel .jp-WindowedPanel-viewport");
  const panel = document.querySelector(".jp-NotebookPanel .jp-WindowedPanel-outer");
  panel.scrollTop = 0;
  return innerHeight - panel.clientHeight + cells.scrollHeight;
}
"""

_CONTENT = """
() => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model)
"""

_STOP = """
() => window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown()
"""


class Notebook:
    """A notebook that is open in a JupyterLab."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))

    def call(self, script: str, argument: object = None, *, seconds: float = PATIENCE) -> Any:
        """Return what a function of JavaScript returns; Playwright would wait for it for ever."""
        return self.page.evaluate(_IN_TIME % (script, seconds * 1000), argument)

    @property
    def strangers(self) -> list[str]:
        """What the page asked of other machines; there must be none."""
        local = {"127.0.0.1", "localhost", None}
        return [url for url in self.requests if urllib.parse.urlsplit(url).hostname not in local]

    def run(self) -> None:
        """Run all cells and wait until the kernel has nothing to do.

        Raises
        ------
        RuntimeError
            If a cell raises.
        """
        errors = self.call(_RUN, seconds=3 * PATIENCE)
        if errors:
            raise RuntimeError(f"a cell failed: {'; '.join(errors)}")
        self.call(_SETTLED)

    def theme(self, theme: Theme) -> None:
        """Switch to the light or the dark theme, as a desktop does at dusk."""
        self.page.emulate_media(color_scheme=theme)
        self.call(_THEME, theme == "dark")
        self.call(_SETTLED)

    def content(self) -> dict[str, Any]:
        """Return the notebook as its file would be: with outputs."""
        content: dict[str, Any] = json.loads(self.call(_CONTENT))
        return content

    def images(self) -> list[Shown]:
        """Return every picture in the outputs, in order."""
        return [
            Shown(
                **{
                    **found,
                    "number": number,
                    "said": Said(**found["said"]),
                    "natural": tuple(found["natural"]),
                }
            )
            for number, found in enumerate(self.call(_IMAGES))
        ]

    def written(self, pages: Sequence[str]) -> list[Said]:
        """Return what markup says of its pictures, as this browser reads it."""
        return [Said(**found) for found in self.call(_WRITTEN, list(pages))]

    def trusted(self) -> list[bool]:
        """Tell of each code cell with outputs whether Lab trusts it."""
        trusted: list[bool] = self.call(_TRUST)
        return trusted

    def scripted(self) -> list[str]:
        """Return what could run, of all outputs."""
        scripted: list[str] = self.call(_SCRIPTED)
        return scripted

    def screenshot(self, path: Path | None = None) -> Image.Image:
        """Return the window, made as high as the notebook, as RGB."""
        size = self.page.viewport_size
        # A second time, because without a scroll bar there is more room.
        for _ in range(2):
            self.page.set_viewport_size({**size, "height": self.call(_HEIGHT)})
            self.call(_SETTLED)
        shot = self.page.screenshot(path=path, animations="disabled")
        with Image.open(io.BytesIO(shot)) as image:
            return image.convert("RGB")

    def picture(self, shown: Shown) -> Image.Image:
        """Return what is on the screen where one of the `images` is drawn, as RGB."""
        handle = self.page.locator(".jp-OutputArea-output img").nth(shown.number)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        # The browser moves a picture that begins between two pixels to the nearest one.
        clip = {side: round(length) for side, length in box.items()}
        with Image.open(io.BytesIO(self.page.screenshot(clip=clip))) as image:
            return image.convert("RGB")


@contextmanager
def opened(
    browser: Any,
    server: Server,
    name: str,
    *,
    theme: Theme = "light",
    width: int = 1000,
    height: int = 800,
    scale: float = 1,
) -> Iterator[Notebook]:
    """Open a notebook of the server's folder in a window of its own; nothing is run."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=theme,
    )
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        notebook = Notebook(page)
        page.goto(server.address(name), wait_until="commit")
        page.wait_for_function("window.jupyterapp")
        notebook.call(_OPENED)
        notebook.theme(theme)
        yield notebook
        notebook.call(_STOP)
    finally:
        context.close()


# --------------------------------------------------------------------------- to be looked at


def shoot(browser: Any, server: Server, path: Path, target: Path) -> None:
    """Save what a notebook looks like: light, dark, and with its outputs but not trusted."""
    shutil.copy(path, server.folder)
    with opened(browser, server, path.name) as notebook:
        notebook.run()
        for theme in THEMES:
            notebook.theme(theme)
            notebook.screenshot(target / f"lab_{path.stem}_{theme}.png")
        ran = notebook.content()
    other = f"untrusted-{path.name}"
    (server.folder / other).write_text(json.dumps(ran), encoding="utf-8")
    with opened(browser, server, other) as notebook:
        notebook.screenshot(target / f"lab_{path.stem}_untrusted.png")


def main(arguments: Sequence[str]) -> int:
    """Save screenshots of notebooks: first a folder for them, then the notebooks."""
    from truth import launched

    target, *paths = map(Path, arguments)
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        running(Path(folder) / "lab") as server,
    ):
        for path in paths:
            shoot(browser, server, path, target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
