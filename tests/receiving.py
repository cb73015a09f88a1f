"""A receiver of messages on this machine: what apprise's ``json://`` posts is kept."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came, oldest first; while it ``refuses`` it answers 503 and keeps nothing."""

    address: str = ""
    refuses: bool = False
    messages: list[dict[str, str]] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that answers while the block lasts."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if not found.refuses:
                found.messages.append(json.loads(content))
            self.send_response(503 if found.refuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"json://127.0.0.1:{server.server_address[1]}/hook-token"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
