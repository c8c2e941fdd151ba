"""The app's second face: the same photo through several engines or settings, side by side."""

from refocus.ui.ground import Ground, Session


def add_comparing(ground: Ground, session: Session) -> None:
    """Add the comparison to the page, as a gr.Tab beside the first; so far there is none.

    It is called within the page's gr.Tabs, after the first gr.Tab. Scripts of a component in it (`js_on_load`) run
    when the tab is opened first.

    Args:
        ground: pipeline and folders.
        session: `session.made` holds the photo and stack that the first face shows.
    """
