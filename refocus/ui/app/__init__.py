"""The app: launching it, the page, its look."""

import gc
import os
from typing import NoReturn

from refocus.core.settings import Settings, server_port
from refocus.ui.app.process import end_process, share_arenas
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
    end_process()
