"""Coroutines in tests that may share their process with Playwright, whose event loop runs in the main thread."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio


def run_apart(function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """The result of a coroutine function, run in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, function, *args).result()
