"""Which files may be opened: one check for every event and endpoint, before any component reads its value."""

import base64
import logging
import mimetypes
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
import gradio as gr
from gradio import processing_utils
from gradio.blocks import Block
from gradio.utils import get_upload_folder

from refocus.core import BadInput, RefocusError
from refocus.ui.security.shown_text import failure

_DATA = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+)(;[\w.-]+=[\w.-]+)*;base64,(?!$)")
_OWN_ADDRESS = "/gradio_api/file="
_NOTHING = (None, "")
_MOST_NESTED = 32
logger = logging.getLogger(__name__)
EXAMPLE_PREFIX = "example/"
"""Before the name of an example in the `orig_name` of a file; no name of a file has a slash."""


class GuardedBlocks(gr.Blocks):
    """A gr.Blocks that opens only files that its users uploaded or that it offers itself.

    These are uploads, files it put into a file control, its examples, `data:` addresses, and public `https://`
    addresses, which gradio's guarded download fetches. Everything else gets the same refusal without a look at the
    disk, so the answer does not say what exists. gradio's own check has gaps (a picture sent without `meta` is not
    checked), and it accepts results and files of other apps that share its folder.

    Args:
        use_upload: called with the path of each upload that a session uses, and the session.
        examples: files that everyone may open.
        kw: gr.Blocks's own arguments.
    """

    def __init__(self, use_upload: Callable[[str, str], None], *, examples: Iterable[Path] = (), **kw: Any) -> None:
        super().__init__(**kw)
        self._use_upload = use_upload
        self._examples = {f"{EXAMPLE_PREFIX}{path.name}": str(path) for path in examples}

    def get_block_name(self) -> str:
        """The browser uses gr.Blocks's own component."""
        return "blocks"

    async def process_api(self, *args: Any, **kw: Any) -> Any:
        """As in gr.Blocks.

        Raises:
            gr.Error: on a file that is not accepted, and on values that are nested too deeply.
        """
        try:
            event = kw.get("event_data")
            for given in (kw.get("inputs"), event and event._data):
                _check_nesting(given)
            if event is not None and not all(map(self._is_uploaded, _paths(event._data))):
                raise refusal()
            self._keep(kw.get("inputs"), kw)
            output = await super().process_api(*args, **kw)
            self._keep(output, kw)
            return output
        except BadInput as error:
            raise gr.Error(str(error), print_exception=False) from error

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """As in gr.Blocks, for values whose files are accepted.

        Raises:
            BadInput: on a file that is not, and when values are missing or cannot be those of their controls.
            gr.Error: on a value that its control does not offer.
        """
        if not explicit_call:  # Python code that calls the app may use its own files
            accepted = [await self._accepted(*one) for one in zip(block_fn.inputs, inputs, strict=False)]
            inputs = [*accepted, *inputs[len(accepted) :]]
        needed = len(block_fn.inputs)
        if len(inputs) < needed:
            raise BadInput(f"The call has {len(inputs)} values, but needs {needed}.", todo="Send all of them.")
        for block, value in zip(block_fn.inputs, inputs, strict=False):
            _check_value(block, value)
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error as error:
            raise failure(str(error.message)) from error
        except RefocusError:
            raise
        except Exception as error:  # controls fail in their own ways on values that the page does not send
            logger.debug("a value was not taken", exc_info=True)
            raise BadInput("A value of the call is none that its control can have.", todo="Send another.") from error

    async def postprocess_data(self, block_fn: Any, predictions: list[Any] | dict[Any, Any], state: Any) -> list[Any]:
        """As in gr.Blocks; a file that is put into a file control may be sent back from it."""
        outputs = await super().postprocess_data(block_fn, predictions, state)
        inputs = {block._id for fn in self.fns.values() for block in fn.inputs}
        for block, output in zip(block_fn.outputs, outputs, strict=True):
            if _takes_files(block) and block._id in inputs:
                self.upload_file_set.update(_paths(output))
        return outputs

    async def _accepted(self, block: Block, value: Any) -> Any:
        """The value to pass to a component."""
        if getattr(block, "stateful", False):
            return None  # gradio uses the session's own value
        if not _takes_files(block):
            if _names_a_file(value):
                raise refusal()
            return value
        if getattr(block, "file_count", "single") == "single":
            return await self._file(value)
        several = value if isinstance(value, list) else [value]
        files = [await self._file(one) for one in several]
        return [file for file in files if file is not None] or None

    async def _file(self, value: Any) -> dict[str, Any] | None:
        """A file as gradio expects it, or None for an empty control."""
        if value is None:
            return None
        given = {"path": value} if isinstance(value, str) else value
        if not isinstance(given, dict) or not {"path", "url"} & given.keys():
            raise refusal()
        path, address, name = (given.get(key) for key in ("path", "url", "orig_name"))
        # The control may show a copy or a preview of a file of this name.
        if isinstance(name, str) and (name in self._examples or self._is_uploaded(name)):
            return {"path": await self._local(name), "meta": {"_type": "gradio.FileData"}}
        if path in _NOTHING and (address in _NOTHING or (isinstance(address, str) and _OWN_ADDRESS in address)):
            return None  # a control that was just emptied may still send the address of its old file
        file = {"path": await self._local(address if path in _NOTHING else path), "meta": {"_type": "gradio.FileData"}}
        return {**file, "orig_name": name} if isinstance(name, str) else file

    async def _local(self, source: Any) -> str:
        """The path of an accepted file."""
        if not isinstance(source, str):
            raise refusal()
        if source.startswith("data:"):
            return await anyio.to_thread.run_sync(_save_data_address, source)
        if source.startswith("https://"):
            return await _download(source)
        source = self._examples.get(source, source)
        if source in self._examples.values():
            return processing_utils.save_file_to_cache(source, get_upload_folder())
        if self._is_uploaded(source) and _is_own(source):
            return source
        raise refusal()

    def _keep(self, value: Any, call: dict[str, Any]) -> None:
        """Keep the uploads within a value while the session of a call lasts."""
        session = call.get("session_hash")
        for path in filter(self._is_uploaded, _paths(value)):
            if session:
                self._use_upload(path, session)

    def _is_uploaded(self, path: str) -> bool:
        return path in self.upload_file_set


def refuse_server_files_from_assistants(page: gr.Blocks) -> None:
    """Make the tools for assistants (MCP) refuse arguments that name a file of the server.

    gradio's tools call the app as a program on the server would, so they would upload any file of the server.
    """
    server = page.mcp_server_obj
    if server is None:
        return
    convert = server.convert_strings_to_filedata

    def convert_checked(value: Any, filedata_positions: list[list[str | int]]) -> Any:
        if _names_a_file(value):
            raise ValueError(str(refusal()))
        try:
            return convert(value, filedata_positions)
        except ValueError as error:
            raise ValueError(str(refusal())) from error

    server.convert_strings_to_filedata = convert_checked  # type: ignore[method-assign]


def refusal() -> BadInput:
    """The error for every file that is not accepted, whether it exists or not."""
    return BadInput(
        "Only uploaded files, the examples and public https:// addresses can be opened here.",
        todo="Upload the file and try again.",
    )


def _check_nesting(value: Any) -> None:
    """Raise BadInput on lists and dictionaries nested so deeply that answers with them could not be written."""
    if any(depth > _MOST_NESTED for _, depth in _parts(value)):
        raise BadInput("A value of the call is nested too deeply.", todo="Send another.")


def _check_value(block: Block, value: Any) -> None:
    """Raise BadInput on a value of a control that gradio would let through, or refuse without naming the control."""
    if isinstance(block, gr.Dropdown) and block.multiselect and not isinstance(value, list | None):
        raise BadInput(f"{block.label} takes a list.", todo="Give a list of values.")
    if not isinstance(block, gr.Slider | gr.Number) or not isinstance(value, int | float):
        return
    low, high = block.minimum, block.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return
    allowed = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
    raise BadInput(f"{block.label} is {value:g}.", todo=f"Give {allowed}.")


def _takes_files(block: Block) -> bool:
    return isinstance(block, gr.File | gr.Image | gr.UploadButton)


def _is_own(path: str) -> bool:
    """Whether a file still exists and lies below the upload folder once links are followed."""
    real = os.path.realpath(path)
    return os.path.isfile(real) and Path(real).is_relative_to(os.path.realpath(get_upload_folder()))


def _save_data_address(address: str) -> str:
    """Save the contents of a `data:` address, unchanged; returns the path."""
    head = _DATA.match(address)
    if head is None:
        raise refusal()
    try:
        contents = base64.b64decode(address[head.end() :], validate=True)
    except ValueError as error:
        raise refusal() from error
    ending = mimetypes.guess_extension(head["kind"]) or ""
    return processing_utils.save_bytes_to_cache(contents, f"file{ending}", get_upload_folder())


async def _download(address: str) -> str:
    try:
        return await processing_utils.async_ssrf_protected_download(address, get_upload_folder())
    except Exception as error:
        raise refusal() from error


def _paths(value: Any) -> Iterator[str]:
    """The paths of all files within a value."""
    return (one["path"] for one in _dicts(value) if isinstance(one.get("path"), str))


def _names_a_file(value: Any) -> bool:
    return any("path" in one or "url" in one or "meta" in one for one in _dicts(value))


def _dicts(value: Any) -> Iterator[dict[Any, Any]]:
    """All dictionaries within a value."""
    return (one for one, _ in _parts(value) if isinstance(one, dict))


def _parts(value: Any) -> Iterator[tuple[Any, int]]:
    """A value and all that it holds, each with the number of lists and dictionaries around it."""
    remaining = [(value, 0)]
    while remaining:
        one, depth = remaining.pop()
        yield one, depth
        if isinstance(one, dict | list | tuple):
            remaining.extend((part, depth + 1) for part in (one.values() if isinstance(one, dict) else one))
