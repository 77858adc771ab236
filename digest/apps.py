from django.apps import AppConfig


class DigestConfig(AppConfig):
    """The one Django app: every table of the service carries the label ``digest``."""

    name = "digest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from digest import checks  # noqa: F401
