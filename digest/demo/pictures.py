"""Quiet landscapes as small PNGs, drawn with the standard library: same slug, same picture."""

import colorsys
import hashlib
import math
import struct
import zlib

WIDTH, HEIGHT = 600, 315

_SKY, _FAR, _NEAR, _SUN = range(4)
_STEPS = 85


def landscape(slug: str) -> bytes:
    """A sky, a low sun and two lines of hills in hues that the slug decides."""
    seed = hashlib.sha256(slug.encode()).digest()
    return _png(_rows(seed), _palette(seed[0] / 255, seed[1]))


def _palette(hue: float, drift: int) -> bytes:
    second = (hue + 0.08 + drift / 255 * 0.1) % 1
    colours = bytearray()
    for index in range(_STEPS):
        part = index / (_STEPS - 1)
        colours += _rgb(hue, 0.62 + 0.26 * part, 0.30 - 0.08 * part)
    for index in range(_STEPS):
        part = index / (_STEPS - 1)
        colours += _rgb(second, 0.52 - 0.16 * part, 0.24)
    for index in range(_STEPS):
        part = index / (_STEPS - 1)
        colours += _rgb(second, 0.34 - 0.18 * part, 0.28)
    return bytes(colours + _rgb(0.11, 0.93, 0.6))


def _rgb(hue: float, light: float, saturation: float) -> bytes:
    return bytes(round(255 * part) for part in colorsys.hls_to_rgb(hue, light, saturation))


def _rows(seed: bytes) -> bytes:
    far = _ridge(seed[2:8], base=0.62, swing=0.09)
    near = _ridge(seed[8:14], base=0.79, swing=0.07)
    sun_x, sun_y, radius = 90 + seed[14] * 420 // 255, 70 + seed[15] * 80 // 255, 20 + seed[16] % 12
    layers = bytearray(WIDTH)
    starts: dict[int, list[tuple[int, int]]] = {}
    for x in range(WIDTH):
        starts.setdefault(far[x], []).append((x, _FAR))
        starts.setdefault(near[x], []).append((x, _NEAR))
    data = bytearray()
    for y in range(HEIGHT):
        for x, layer in starts.get(y, ()):
            layers[x] = max(layers[x], layer)
        row = bytearray(layers)
        half = radius * radius - (y - sun_y) ** 2
        if half > 0:
            reach = math.isqrt(half)
            for x in range(sun_x - reach, sun_x + reach):
                if row[x] == _SKY:
                    row[x] = _SUN
        step = y * (_STEPS - 1) // (HEIGHT - 1)
        table = bytes((step, _STEPS + step, 2 * _STEPS + step, 3 * _STEPS)) + bytes(252)
        data += b"\0" + row.translate(table)
    return bytes(data)


def _ridge(seed: bytes, *, base: float, swing: float) -> list[int]:
    turns = [(1 + seed[i] / 100, seed[i + 1] / 40, 1 / (i + 1)) for i in (0, 2, 4)]
    line = []
    for x in range(WIDTH):
        lift = sum(w * math.sin(f * x / WIDTH * 2 * math.pi + p) for f, p, w in turns)
        line.append(round(HEIGHT * (base + swing * lift / 1.6)))
    return line


def _png(rows: bytes, palette: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
