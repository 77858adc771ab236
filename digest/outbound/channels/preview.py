"""A message as the desk shows it before it goes: the same few pieces for every channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelPreview:
    """What a reader would see.

    Either ``page``, a whole HTML document that is shown in a frame where nothing can act, or
    ``pieces`` of a bubble: (``plain``, ``bold``, ``italic`` or ``url``, words). ``heads`` stand
    above it as label and words, ``buttons`` below it as label and address, and ``picture`` (its
    address) at the top of the bubble, or below the words. ``length`` of ``limit``
    is in characters as the channel counts; a limit of 0 says that none was counted. ``note`` is
    one remark for the editor, and ``fine`` what may be said of it when all is in order. ``text``
    is what a program without pages shows of a ``page``.
    """

    heads: tuple[tuple[str, str], ...] = ()
    page: str = ""
    pieces: tuple[tuple[str, str], ...] = ()
    length: int = 0
    limit: int = 0
    note: str = ""
    fine: str = ""
    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    picture: str = ""
    picture_is_below: bool = False
