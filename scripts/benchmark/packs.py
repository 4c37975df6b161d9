"""Reads packs by docs/format.md, without our code, and compresses their plain bytes otherwise."""

import ctypes
import ctypes.util
import pathlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MIB = 1 << 20
_HEADER = struct.Struct("<4sBBBBIII28x")
_PACK_HEADER_BYTES, BLOBS, PART = 64, 1, 3
_zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
for _name in ("ZSTD_compress", "ZSTD_decompress", "ZSTD_compressBound"):
    getattr(_zstd, _name).restype = ctypes.c_size_t


@dataclass(frozen=True)
class Frame:
    kind: int
    stored_bytes: int  # with the header
    directory_bytes: int
    plain: bytes

    @property
    def is_of_parts(self) -> bool:
        return self.directory_bytes > 0 and self.plain[-self.directory_bytes] == PART

    @property
    def blobs(self) -> bytes:
        return self.plain[:len(self.plain) - self.directory_bytes]


def frames(repository: pathlib.Path) -> Iterator[Frame]:
    for pack in sorted((repository / "packs").rglob("*.pack")):
        data = pack.read_bytes()
        offset = _PACK_HEADER_BYTES
        while offset < len(data):
            _, kind, codec, _, _, plain_length, stored_length, directory_length = _HEADER.unpack_from(data, offset)
            offset += _HEADER.size
            stored = data[offset:offset + stored_length]
            offset += stored_length
            yield Frame(kind, _HEADER.size + stored_length, directory_length,
                        _decompress(stored, plain_length) if codec else stored)


def _decompress(stored: bytes, plain_length: int) -> bytes:
    plain = ctypes.create_string_buffer(max(plain_length, 1))
    if _zstd.ZSTD_decompress(plain, plain_length, stored, len(stored)) != plain_length:
        raise ValueError("a frame does not decompress")
    return plain.raw[:plain_length]


def compressed_bytes(pieces: Iterable[bytes], frame_mib: int | None, level: int = 3) -> int:
    """What the pieces take in frames of that size; None: each by itself."""
    total, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        if frame_mib is None or len(waiting) >= frame_mib * _MIB:
            total += _compressed(waiting, level)
            waiting.clear()
    return total + (_compressed(waiting, level) if waiting else 0)


def _compressed(plain: bytearray, level: int) -> int:
    bound = _zstd.ZSTD_compressBound(len(plain))
    return _zstd.ZSTD_compress(ctypes.create_string_buffer(bound), bound, bytes(plain), len(plain), level)
