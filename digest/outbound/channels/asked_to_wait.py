"""A provider that asked us to wait is left alone by all copies of a run, for as long as it said."""

import asyncio
import time

from digest.outbound.channels.base import Rejected

# What is longer than this is waited for by the ledger, not by a run (seconds).
LONGEST = 10.0


class AskedToWait:
    """The pause that ``provider``, by its name, asked for last."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        # By the monotonic clock: nobody may set it back.
        self._not_before = 0.0

    def heard(self, refused: Rejected) -> None:
        """A refusal may ask for a pause."""
        if refused.retry_after:
            self._not_before = max(self._not_before, time.monotonic() + refused.retry_after)

    async def over(self) -> None:
        """Wait for the end of a short pause; raises Rejected, with what is left, for a long one."""
        left = self._not_before - time.monotonic()
        if left > LONGEST:
            words = f"429 {self._provider} asked us to wait"
            raise Rejected(words, 429, permanent=False, retry_after=left)
        if left > 0:
            await asyncio.sleep(left)
