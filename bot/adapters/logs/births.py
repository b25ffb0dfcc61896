"""When a file was made: what tells it from another one that has its inode number by now."""

import ctypes
import struct

_BTIME = 0x800  # of linux/stat.h and linux/fcntl.h
_EMPTY_PATH = 0x1000
_LENGTH = 256
_MASK_AT, _BTIME_AT = 0, 80
_statx = getattr(ctypes.CDLL(None), "statx", None)  # glibc 2.28, musl 1.2.5


def born_ns(fd: int) -> int:
    """Return when an open file was made, in ns since 1970; 0 where the file system, the kernel or the C library does not tell."""
    status = ctypes.create_string_buffer(_LENGTH)
    if _statx is None or _statx(fd, b"", _EMPTY_PATH, _BTIME, status) or not struct.unpack_from("=I", status, _MASK_AT)[0] & _BTIME:
        return 0
    seconds, nanoseconds = struct.unpack_from("=qI", status, _BTIME_AT)
    return int(seconds * 1_000_000_000 + nanoseconds)
