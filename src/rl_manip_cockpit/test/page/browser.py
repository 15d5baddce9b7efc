"""A real browser without a window, driven over the DevTools protocol that Chromium itself offers.

No driver is downloaded: the machine's own Chromium is used, and the WebSocket library that viser
brings along.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Callable
from urllib.request import urlopen

from websockets.sync.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRAW_SELDOM = """
    const asked = new WeakSet();
    window.requestAnimationFrame = draw => {
        const isLoop = asked.has(draw);
        asked.add(draw);
        return setTimeout(() => draw(performance.now()), isLoop ? 2000 : 16);
    };
    window.cancelAnimationFrame = clearTimeout;
"""
"""The CPU draws the scene here, and a click waits until a picture is drawn. The scene asks for each
picture with the same function; what else moves, such as a panel that opens, goes on as it does."""
STANDS = 0.1  # [s] for which a button must not move before it is pressed
DEADLINE = 120.0  # [s] for anything that a page is awaited for


def installed_browser() -> str:
    """Path of this machine's Chromium, empty where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), "")


class Browser:
    """One page in a browser of its own; as a context it ends the browser."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="browser_", ignore_cleanup_errors=True)
        self._is_touched = False
        self._numbers = itertools.count(1)
        command = [installed_browser(), "--headless=new", "--no-sandbox", "--no-first-run"]
        command += ["--remote-debugging-port=0", f"--user-data-dir={self._folder.name}"]
        command += ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--mute-audio"]
        self._process = subprocess.Popen(
            [*command, "--disable-background-networking", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # all its processes are put to sleep together
        )
        self._page = connect(self._address(), max_size=None)
        self.tell("Page.enable")
        self.tell("Page.addScriptToEvaluateOnNewDocument", source=DRAW_SELDOM)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._page.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()

    def open(self, url: str, width: int = 1000, height: int = 800, phone: bool = False) -> None:
        """Goes to a page.

        Args:
            width, height: of the window [px].
            phone: whether it is touched instead of clicked.
        """
        self._is_touched = phone
        size = {"width": width, "height": height, "deviceScaleFactor": 0.25}
        self.tell("Emulation.setDeviceMetricsOverride", **size, mobile=phone)
        self.tell("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.tell("Page.navigate", url=url)

    def sleep(self) -> None:
        """Stops every process of the browser, as a machine does whose lid is closed."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Lets them go on."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def evaluate(self, expression: str, wait: bool = False) -> Any:
        """Value of a JavaScript expression in the page; with `wait`, what a promise comes to."""
        answer = self.tell(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=wait
        )
        return answer["result"].get("value")

    def wait_for_text(self, text: str) -> None:
        """Returns once the page shows a text."""
        wait_until(lambda: text in (self.text() or ""), f"the page shows {text!r}")

    def text(self) -> str:
        """What the page shows, without the scene."""
        return self.evaluate("document.body.innerText")

    def press(self, label: str) -> None:
        """Presses the button of that label, and does not let go."""
        self._point("Pressed", *self.place_of(label))

    def let_go(self, label: str) -> None:
        """Lets go of it."""
        self._point("Released", *self._middle_of(label))

    def click(self, label: str) -> None:
        """Presses the button of that label and lets go."""
        self.click_at(*self.place_of(label))

    def click_at(self, x: float, y: float) -> None:
        """Presses there [px] and lets go."""
        self._point("Pressed", x, y)
        self._point("Released", x, y)

    def key(self, name: str, code: int) -> None:
        """Presses a key that writes nothing, such as Escape, 27."""
        for kind in ("rawKeyDown", "keyUp"):
            self.tell(
                "Input.dispatchKeyEvent",
                type=kind,
                key=name,
                code=name,
                windowsVirtualKeyCode=code,
            )

    def write(self, text: str) -> None:
        """Writes into the field that was clicked last, as by pasting."""
        self.tell("Input.insertText", text=text)

    def is_in_sight(self, label: str) -> bool:
        """Whether a button lies within the window, and nothing over it."""
        x, y = self._middle_of(label, scroll=False)
        return self.evaluate(
            f"(document.elementFromPoint({x}, {y}) || document.body).closest('button')"
            f"?.innerText.trim().startsWith({json.dumps(label)}) || false"
        )

    def place_of(self, label: str) -> tuple[float, float]:
        """Middle of a button [px], once it stands still and nothing is over it: panels slide in."""
        wait_until(lambda: self._stands(label), f"{label!r} stands still and can be pressed")
        return self._middle_of(label)

    def screenshot(self, path: Path) -> None:
        """Writes what is seen as PNG."""
        data = self.tell("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def tell(self, method: str, **parameters: Any) -> dict:
        """One command of the protocol, and its answer."""
        number = next(self._numbers)
        self._page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._page.recv(timeout=DEADLINE))
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _point(self, what: str, x: float, y: float) -> None:
        if self._is_touched:
            kind = {"Pressed": "touchStart", "Released": "touchEnd"}[what]
            points = [{"x": x, "y": y}] if what == "Pressed" else []
            self.tell("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        else:
            kind = f"mouse{what}"
            self.tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _stands(self, label: str) -> bool:
        before = self._middle_of(label)  # scrolls to it
        self.evaluate(f"new Promise(done => setTimeout(done, {1e3 * STANDS}))", wait=True)
        return self._middle_of(label) == before and self.is_in_sight(label)

    def _middle_of(self, label: str, scroll: bool = True) -> tuple[float, float]:
        """Of a button in the window [px]."""
        nearest = " b.scrollIntoView({block: 'nearest'});" if scroll else ""
        found = (
            "(() => { const b = [...document.querySelectorAll('button')]"
            f".find(b => b.innerText.trim().startsWith({json.dumps(label)}));"
            f" if (!b) return null;{nearest}"
            " const r = b.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        wait_until(lambda: self.evaluate(found), f"there is a button {label!r}")
        x, y = self.evaluate(found)
        return x, y

    def _address(self) -> str:
        file = Path(self._folder.name) / "DevToolsActivePort"
        wait_until(lambda: file.exists() and file.read_text().count("\n") >= 1, "it starts")
        port = file.read_text().split()[0]
        with urlopen(f"http://127.0.0.1:{port}/json") as answer:
            pages = json.load(answer)
        return next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")


def wait_until(holds: Callable[[], Any], what: str) -> None:
    """Returns once a condition holds."""
    assert comes_true(holds, DEADLINE), f"waited in vain until {what}"


def comes_true(holds: Callable[[], Any], within: float) -> bool:
    """Whether a condition holds now or within some seconds; waits no longer than it has to."""
    latest = time.monotonic() + within
    while not (there := holds()) and time.monotonic() < latest:
        time.sleep(0.02)
    return bool(there)


def is_served(port: int) -> bool:
    """Whether the cockpit listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
