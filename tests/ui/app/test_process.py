import subprocess
import sys

import pytest

_THREADS = """
import ctypes, threading
from refocus.ui.app.process import give_back_memory, share_arenas

share_arenas()
libc, held, ready = ctypes.CDLL("libc.so.6"), threading.Barrier(9), threading.Barrier(9)
libc.malloc.restype = ctypes.c_void_p

def work():
    libc.malloc(100_000)
    held.wait()
    ready.wait()

for _ in range(8):
    threading.Thread(target=work).start()
held.wait()
libc.fdopen.restype = ctypes.c_void_p
out = libc.fdopen(1, b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
ready.wait()
give_back_memory()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_threads_share_places_to_allocate_from() -> None:
    told = subprocess.run([sys.executable, "-c", _THREADS], capture_output=True, text=True, check=True).stdout
    assert 1 <= told.count("<heap nr=") <= 2
