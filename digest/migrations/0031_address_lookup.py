"""Addresses of articles that no feed had, as editors give them (0031_address_lookup)."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table that begins empty."""

    dependencies = [
        ('digest', '0030_doubtful_joins'),
    ]

    operations = [
        migrations.CreateModel(
            name='AddressLookup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('typed', models.TextField(help_text='As the editor gave it.')),
                ('url', models.TextField(help_text="Canonical; after it was read, the page's own.")),
                ('edition', models.UUIDField(help_text='Public id of the edition that it is for.', null=True)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('read', 'Read'), ('failed', 'Failed'), ('stored', 'Stored'), ('done', 'Done')], default='waiting', max_length=8)),
                ('reason', models.TextField(blank=True, help_text='Why it failed, or did not come further.')),
                ('found', models.JSONField(default=dict, help_text='What the page said, by name.')),
                ('text', models.TextField(blank=True, help_text="The article's whole text, where it was found.")),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('stored_at', models.DateTimeField(null=True)),
                ('article', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='digest.article')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'digest_address_lookup',
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'stored'))), fields=['asked_at'], name='address_lookup_open'), models.Index(fields=['member', '-asked_at'], name='address_lookup_latest')],
            },
        ),
    ]
