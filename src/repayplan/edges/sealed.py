"""A file that is read again: each piece of it must be what it was when the file was looked through."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from repayplan.basics.errors import Code
from repayplan.edges.files import TableError

SEAL = 64 * 2**10
"""Bytes under one seal: what is read is read up to the next multiples of it."""


class Seals:
    """Hashes of the pieces of a file, made as its bytes come by: 32 bytes for each :data:`SEAL`.

    Examples
    --------
    >>> seals = Seals()
    >>> seals.feed(b"a" * 100_000)
    >>> seals.done()
    >>> seals.size, seals.broken(0, b"a" * SEAL), seals.broken(SEAL, b"a" * 34_463 + b"b")
    (100000, False, True)
    """

    def __init__(self) -> None:
        self.size = 0
        self._whole = hashlib.sha256()
        self._digests = bytearray()
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self._whole.update(piece)
        self.size += len(piece)
        held = memoryview(self._rest + piece if self._rest else piece)
        end = len(held) - len(held) % SEAL
        for at in range(0, end, SEAL):
            self._digests += hashlib.sha256(held[at : at + SEAL]).digest()
        self._rest = bytes(held[end:])

    def done(self) -> None:
        """There are no more."""
        if self._rest:
            self._digests += hashlib.sha256(self._rest).digest()
            self._rest = b""

    @property
    def sha256(self) -> str:
        """Of all bytes."""
        return self._whole.hexdigest()

    def broken(self, begin: int, read: bytes) -> bool:
        """Whether these bytes, from a multiple of :data:`SEAL` to another or the end, aren't those fed."""
        held, width = memoryview(read), self._whole.digest_size
        whole = min(begin + -(-len(read) // SEAL) * SEAL, self.size) - begin
        return len(read) != whole or any(
            hashlib.sha256(held[at : at + SEAL]).digest()
            != self._digests[(begin + at) // SEAL * width : ((begin + at) // SEAL + 1) * width]
            for at in range(0, len(read), SEAL)
        )


class SealedFile(io.RawIOBase):
    """A file opened for reading, that gives no byte which isn't what it was.

    Parameters
    ----------
    name
        What errors call it.
    file
        A ``pyarrow.NativeFile`` that can seek.
    seals
        Of its bytes, when it was looked through.

    Raises
    ------
    TableError
        On reading: the file has changed.
    """

    def __init__(self, name: str, file: Any, seals: Seals) -> None:
        super().__init__()
        self._name, self._file, self._seals, self._at = name, file, seals, 0

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, all of them where none is said."""
        left = max(self._seals.size - self._at, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        begin = self._at - self._at % SEAL
        end = min(-(-(self._at + wanted) // SEAL) * SEAL, self._seals.size)
        self._file.seek(begin)
        read: bytes = self._file.read(end - begin)
        if self._seals.broken(begin, read):
            raise TableError(Code.OUT_OF_RANGE, self._name, "has changed while it was read; begin anew")
        first = self._at - begin
        self._at += wanted
        return read if (first, wanted) == (0, len(read)) else read[first : first + wanted]

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._seals.size}[whence]
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True
