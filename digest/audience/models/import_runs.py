"""Lists of readers that were brought in, so that one may be taken back."""

from django.db import models


class ImportRun(models.Model):
    """One file that was brought in; its subscriptions and suppressions lead to it."""

    place = models.CharField(max_length=300, help_text="Which file, in words.")
    basis = models.TextField(help_text="How its readers consented.")
    product = models.CharField(max_length=20, blank=True, help_text="Whose export it was.")
    added = models.PositiveIntegerField(default=0)
    barred = models.PositiveIntegerField(default=0, help_text="Who had left or bounced there.")
    left_out = models.PositiveIntegerField(default=0, help_text="Lines with an error.")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_import_run"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.place}"
