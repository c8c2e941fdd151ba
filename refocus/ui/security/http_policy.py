"""The checks of every request, and the headers of every response: host, origin, and what a page may load."""

import errno
import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL = "The server's disk is full, so nothing can be written. Try again later."
MALFORMED = "The request lacks what the app needs, or has it in another form. See the API page."
_HUGGING_FACE = "https://huggingface.co"
_SOURCES: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    # gradio's page has its settings in an inline script, and makes functions from the script texts of gr.HTML; all
    # other scripts are files of the app.
    "script-src": ("'self'", "'unsafe-inline'", "'unsafe-eval'"),
    # gradio's components set inline styles.
    "style-src": ("'self'", "'unsafe-inline'"),
    # Thumbnails, icons and webcam pictures are data addresses; a pasted picture is a blob.
    "img-src": ("'self'", "data:", "blob:"),
    # Previews are rendered in a worker, whose script the page makes.
    "worker-src": ("blob:",),
    "media-src": ("'self'", "data:", "blob:"),
    "font-src": ("'self'",),
    # The page fetches the pictures it draws, and those it uploads, which are blobs or data addresses.
    "connect-src": ("'self'", "data:", "blob:"),
    "manifest-src": ("'self'",),
    "base-uri": ("'self'",),
    "form-action": ("'self'",),
    # Hugging Face shows a Space in a frame of its own pages.
    "frame-ancestors": ("'self'", _HUGGING_FACE, "https://*.hf.space"),
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# gradio would fetch any page of another server and return it under this app's address.
_REMOTE_FILE = re.compile(r"/file=https?:", re.IGNORECASE)


def content_security_policy(*, on_space: bool) -> str:
    """The header's value.

    Args:
        on_space: whether the app runs on Hugging Face, where gradio's page requests the state of its Space.
    """
    sources = dict(_SOURCES)
    if on_space:
        sources["connect-src"] += (_HUGGING_FACE,)
    return "; ".join(" ".join([kind, *allowed]) for kind, allowed in sources.items())


class HttpPolicy:
    """Middleware that refuses requests from other sites, and adds security headers to every response.

    A request that changes something must come from a page of this app, or from a program, which sends no Origin. When
    the app serves this computer only, the Host must be a name of this computer: another site can point its own name
    at it (DNS rebinding).

    Args:
        app: the wrapped application.
        hosts: further names of the server beside those of this computer; None accepts every Host.
        on_space: as in `content_security_policy`.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] | None = None, on_space: bool = False) -> None:
        self._app = app
        self._hosts = hosts
        self._added = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": content_security_policy(on_space=on_space),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._added)
            await send(message)

        refusal = self._refusal(scope)
        answer = self._app if refusal is None else PlainTextResponse(refusal, 403)
        try:
            await answer(scope, receive, send_with_headers)
        except OSError as error:  # such as while an upload is written
            if started or error.errno not in DISK_FULL:
                raise
            await PlainTextResponse(FULL, 507)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if self._hosts is not None and not _is_this_computer(headers.get("host", ""), self._hosts):
            return "This app answers only under an address of its own computer, such as http://localhost."
        if scope["method"] not in _SAFE_METHODS and not _from_own_page(headers):
            return "Requests from other sites are not accepted."
        if _REMOTE_FILE.search(scope["path"]):
            return "Files of other servers are not served here."
        return None


async def malformed(request: Request, error: Exception) -> Response:
    """The answer to a request without what its route needs. FastAPI's own repeats what was sent, and fails on NaN."""
    return JSONResponse({"detail": MALFORMED}, status_code=422)


def is_loopback(name: str) -> bool:
    """Whether a host name or IP address is the loopback address of this computer."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_this_computer(host: str, also: frozenset[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name in also


def _from_own_page(headers: Headers) -> bool:
    # Browsers send this header on trusted connections; no script can change it.
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True  # a program
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False
