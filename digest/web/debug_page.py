"""Django's debug page, for developers, without a secret on it."""

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

from digest.kit import secrecy


class BlottingReporter(ExceptionReporter):
    """The page as Django makes it, then every secret of the settings blotted out.

    By what they are, not by their names: a variable, a message or a row of a table may hold one.
    """

    def get_traceback_html(self) -> SafeString:
        """The page."""
        return _blotted(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        """The same as text, for machines and mails."""
        return _blotted(super().get_traceback_text())


def _blotted(page: str) -> SafeString:
    return mark_safe(secrecy.without(page, secrecy.known(settings)))
