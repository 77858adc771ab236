"""``digest diffsettings``: the settings that differ from the defaults, secrets blotted out."""

from typing import Any

from django.core.management.commands import diffsettings

from digest.management.examination.blotting import blotted


class Command(diffsettings.Command):
    """Django's list of settings, without the secrets among them: it gets pasted into tickets."""

    def handle(self, **options: Any) -> str:
        """The list."""
        return blotted(super().handle(**options))
