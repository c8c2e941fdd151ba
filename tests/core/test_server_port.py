import pytest

from refocus.core import BadInput
from refocus.core.settings import server_port


@pytest.mark.parametrize("text", ["abc", "99999", "0", "-1", "", "7860.0"])
def test_what_is_no_port_is_said(text: str) -> None:
    with pytest.raises(BadInput, match=r"GRADIO_SERVER_PORT is .* no port number"):
        server_port({"GRADIO_SERVER_PORT": text})


def test_a_port_is_read_and_none_is_none() -> None:
    assert server_port({"GRADIO_SERVER_PORT": "7861"}) == 7861
    assert server_port({}) is None
