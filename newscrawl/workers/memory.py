"""What keeps a long run's memory from growing: an allocator that gives back what a page or a batch took."""

from __future__ import annotations

import ctypes
import sys

# glibc's names for the size from which a block gets pages of its own, and for how much free memory may lie at the end
# of the heap before it is returned; the first one's documented default in bytes.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1
_MMAP_BYTES = 128 * 1024
# Blocks of a page of 100 to 400 KB, its tree and its texts are smaller; what 400 such pages left at the end was 6 MB.
_WORKER_MMAP_BYTES, _WORKER_TRIM_BYTES = 4 << 20, 16 << 20


def give_back() -> None:
    """Have large blocks returned to the system when they are freed; for the whole process."""
    # glibc raises the threshold to the size of what was freed, up to 32 MB: pages and columns would then lie among
    # small objects, which keep them. Setting it, even to the default, ends that.
    _set(_M_MMAP_THRESHOLD, _MMAP_BYTES)


def keep_for_the_next_page() -> None:
    """Have what a page took kept for the next one; for a process whose forks are replaced before that adds up."""
    # Returned and taken again it costs 370 page faults a page, a millisecond of its twenty.
    _set(_M_MMAP_THRESHOLD, _WORKER_MMAP_BYTES)
    _set(_M_TRIM_THRESHOLD, _WORKER_TRIM_BYTES)


def _set(name: int, value: int) -> None:
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):  # musl has none, and needs none
        libc.mallopt(name, value)
