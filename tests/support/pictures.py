"""Pictures of the page: made small, and compared with those that are kept."""

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

COLOURS = 255  # what the eye tells apart on a page of few colours
SAME = 24  # of 255, in any channel of a pixel
NEAR = 3  # pixels: fonts are not drawn alike by every version of a browser


def read(png: bytes) -> Image.Image:
    """What a browser has taken."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def of_few_colours(picture: Image.Image) -> Image.Image:
    """The same for the eye, in a third of the bytes."""
    return picture.quantize(COLOURS, dither=Image.Dither.NONE)


def keep(picture: Image.Image, file: Path) -> None:
    """Afterwards it is in the file, as few bytes as PNG allows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, optimize=True)


def differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels of either that are unlike all that is near them in the other; 1 where the sizes differ.

    So a letter that is drawn a little otherwise, or a pixel further on, is the same; one that is gone or has another
    colour is not.
    """
    if one.size != other.size:
        return 1.0
    apart = ImageChops.lighter(_outside(one, other), _outside(other, one))
    counts = apart.histogram()
    return sum(counts[SAME + 1 :]) / sum(counts)


def _outside(one: Image.Image, other: Image.Image) -> Image.Image:
    """By how much each pixel is lighter than all, or darker than all, around its place in the other."""
    lightest, darkest = other.filter(ImageFilter.MaxFilter(NEAR)), other.filter(ImageFilter.MinFilter(NEAR))
    apart = ImageChops.lighter(ImageChops.subtract(one, lightest), ImageChops.subtract(darkest, one))
    red, green, blue = apart.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)
