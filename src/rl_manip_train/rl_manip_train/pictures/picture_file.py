"""Picture sequences as files: GIF, MP4, or a folder of PNG."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Iterable, List

import numpy as np
from PIL import Image

from rl_manip_description.contract.whole_file import replacing

KINDS = (".gif", ".mp4")
"""Endings that mean one file; a path without an ending is a folder of PNG."""

GIF_COLORS = 96
"""Colours of a GIF, the same for all pictures, so that what stands still costs nothing."""


class PictureFileError(ValueError):
    """A path that no pictures can be written to."""


def check_picture_path(path: Path) -> None:
    """Raise PictureFileError if ``write_pictures`` cannot tell what to write."""
    if path.suffix.lower() not in (*KINDS, ""):
        raise PictureFileError(
            f"output is {path}, expected a name that ends in {' or '.join(KINDS)}, or a folder"
        )


def write_pictures(pictures: Iterable[np.ndarray], frame_s: float, path: Path) -> None:
    """Write pictures (height, width, 3) uint8 that are shown ``frame_s`` seconds each.

    Raises:
      PictureFileError: a path whose ending is none of ``KINDS``.
    """
    path = Path(path)
    check_picture_path(path)
    kind = path.suffix.lower()
    if kind == ".gif":
        _write_gif(pictures, frame_s, path)
    elif kind == ".mp4":
        _write_mp4(pictures, frame_s, path)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(pictures):
            Image.fromarray(picture).save(path / f"{index:04d}.png")


def _write_gif(pictures: Iterable[np.ndarray], frame_s: float, path: Path) -> None:
    frames = [Image.fromarray(picture) for picture in pictures]
    palette = _montage(frames).quantize(GIF_COLORS, dither=Image.Dither.NONE)
    first, *rest = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    with replacing(path) as temporary:
        first.save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=round(1000.0 * frame_s),
            loop=0,
            optimize=False,
        )


def _write_mp4(pictures: Iterable[np.ndarray], frame_s: float, path: Path) -> None:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise PictureFileError(
            f"output is {path}, but imageio-ffmpeg is not installed; install it or ask for a .gif"
        ) from None
    pictures = iter(pictures)
    first = next(pictures)
    with replacing(path) as temporary:
        writer = imageio_ffmpeg.write_frames(
            str(temporary),
            (first.shape[1], first.shape[0]),
            fps=1.0 / frame_s,
            quality=7,
            macro_block_size=2,  # H.264 as players want it takes even sizes only
            output_params=["-f", "mp4"],
        )
        writer.send(None)
        for picture in itertools.chain([first], pictures):
            writer.send(np.ascontiguousarray(picture))
        writer.close()


def _montage(frames: List[Image.Image]) -> Image.Image:
    """A few frames side by side, for a palette that suits them all."""
    chosen = frames[:: max(1, len(frames) // 8)]
    width, height = chosen[0].size
    montage = Image.new("RGB", (width * len(chosen), height))
    for index, frame in enumerate(chosen):
        montage.paste(frame, (index * width, 0))
    return montage
