"""Django's registration of the library as one app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_migrate


class DigestConfig(AppConfig):
    """The one Django app: every table of the service carries the label ``digest``."""

    name = "digest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and tell web processes when what readers see has changed."""
        from digest import checks  # noqa: F401

        pre_migrate.connect(_refuse_foreign, sender=self, dispatch_uid="history")
        from digest.models import EditionRevision, Newsletter, Topic

        for model in (EditionRevision, Newsletter, Topic):
            for signal in (post_save, post_delete):
                signal.connect(_changed, sender=model, dispatch_uid=f"published {model.__name__}")


def _changed(**kwargs: Any) -> None:
    from digest.kit import published

    published.changed()


def _refuse_foreign(**_: Any) -> None:
    """``migrate`` changes no table of another history, whoever calls it and whatever it skips."""
    from django.core.management.base import CommandError

    from digest.management import history

    try:
        history.refuse_foreign()
    except history.ForeignHistory as error:
        raise CommandError(str(error)) from None
