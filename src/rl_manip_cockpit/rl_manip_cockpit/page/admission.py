"""Decides for each page that connects whether its person may press anything."""

from __future__ import annotations

import threading
from typing import Any, Callable

import viser

from rl_manip_cockpit.page.web_server import WebServer, origin_and_host
from rl_manip_cockpit.shown.markup import block
from rl_manip_cockpit.state.access import Access

TOKEN = "token"
"""Name under which a browser keeps the token, so that a page may be loaded again."""
TOKEN_PATIENCE = 3.0  # [s] for a browser to say whether it has one
WATCH_ONLY = "This page only watches. To command the arm, give the token that the terminal shows."
FOREIGN = "This connection comes from another page, so it only watches."
FIRST = 1
"""Place in the panel: at its top."""


class Admission:
    """Asks where the token is needed, and hands on who may command.

    Args:
        server: whose pages connect.
        access: who may command.
        let_command: called in a thread of viser's, with each page that may.
    """

    def __init__(
        self, server: WebServer, access: Access, let_command: Callable[[viser.ClientHandle], None]
    ) -> None:
        self._server, self._access, self._let_command = server, access, let_command
        server.on_client_connect(self._on_connect)

    def _on_connect(self, client: viser.ClientHandle) -> None:
        if not self._access.knows_origin(*origin_and_host(self._server, client.client_id)):
            client.gui.add_html(block(FOREIGN), order=FIRST)
        elif not self._access.needs_token or self._access.opens(_kept_token(client)):
            self._let_command(client)
        else:
            self._ask_for_token(client)

    def _ask_for_token(self, client: viser.ClientHandle) -> None:
        why = client.gui.add_html(block(WATCH_ONLY), order=FIRST)
        field = client.gui.add_text("Token", "", order=FIRST + 1)

        let_in = threading.Lock()

        def look() -> None:
            if self._access.opens(str(field.value)) and let_in.acquire(blocking=False):
                client.local_storage.set_item(TOKEN, self._access.token)
                field.remove()
                why.remove()
                self._let_command(client)

        @field.on_update
        def _(_: viser.GuiEvent[Any]) -> None:
            look()

        look()  # at what was typed before anybody was told


def _kept_token(client: viser.ClientHandle) -> str:
    """The token that a browser kept from before; empty where it has none, or does not say."""
    try:
        return client.local_storage.get_item(TOKEN, timeout=TOKEN_PATIENCE) or ""
    except (RuntimeError, TimeoutError):
        return ""
