"""The app: launching it, the page, its look."""

import gc

from refocus.core.settings import Settings


def run_app(settings: Settings) -> None:
    """Serve the app until it is stopped. For programs that do only this: their garbage collector is changed.

    Raises:
        BadInput: when the settings need a package that is not installed.
    """
    gc.disable()  # imported objects stay; searching them for garbage again and again takes a fifth of the start
    from refocus.ui.app.launch import serve

    gc.freeze()
    gc.enable()
    serve(settings)
