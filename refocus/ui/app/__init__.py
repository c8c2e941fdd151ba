"""The app: launching it, the page, its look."""

import atexit
import gc
import os
import sys
from typing import NoReturn

from refocus.core.settings import Settings, server_port
from refocus.ui.app.memory import share_arenas
from refocus.ui.folders import ResultFolders


def run_app(settings: Settings) -> NoReturn:
    """Serve the app until it is stopped, and end the process. For programs that do only this: it changes their garbage
    collector and memory allocator.

    Raises:
        BadInput: when the settings need a package that is not installed,
            temporary files cannot be written, or the port is taken.
    """
    share_arenas()
    server_port(os.environ)  # gradio fails while it is imported when that is no number
    folders = ResultFolders()
    folders.use_for_gradio()  # before gradio is imported, which notes its folder for temporary files then
    gc.disable()  # imported objects stay; searching them for garbage again and again takes a fifth of the start
    from refocus.ui.app.launch import serve

    gc.freeze()
    gc.enable()
    serve(settings, folders)
    _end_process()


def _end_process() -> NoReturn:
    """End with success, without waiting for work that nobody waits for.

    The interpreter would end threads that still compute where they return from C++, which aborts the process.
    """
    atexit._run_exitfuncs()  # removes all temporary files
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
