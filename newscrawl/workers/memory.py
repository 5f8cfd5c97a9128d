"""What keeps a long run's memory from growing: an allocator that gives back what a page or a batch took."""

from __future__ import annotations

import ctypes
import sys

# glibc's name for the size from which a block gets pages of its own, and its documented default in bytes.
_M_MMAP_THRESHOLD, _MMAP_BYTES = -3, 128 * 1024


def give_back() -> None:
    """Have large blocks returned to the system when they are freed; for the whole process."""
    # glibc raises the threshold to the size of what was freed, up to 32 MB: pages and columns would then lie among
    # small objects, which keep them. Setting it, even to the default, ends that.
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):  # musl has none, and needs none
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
