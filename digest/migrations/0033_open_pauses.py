"""Pauses that last until their reader ends them had a date in ten years' time."""

from django.db import migrations

_OPEN = """
UPDATE digest_subscription SET paused_until = '9999-01-01T00:00:00Z'
WHERE state = 'paused' AND paused_until > now() + interval '3 years'
"""


class Migration(migrations.Migration):

    dependencies = [("digest", "0032_series_places")]

    operations = [migrations.RunSQL(_OPEN, migrations.RunSQL.noop)]
