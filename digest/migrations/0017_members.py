"""Mails to the newsroom's own people, and where they are signed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    dependencies = [
        ('digest', '0016_taught_topics'),
    ]

    operations = [
        migrations.CreateModel(
            name='MemberSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, unique=True)),
                ('began_at', models.DateTimeField()),
                ('network', models.CharField(blank=True, max_length=45)),
                ('agent', models.CharField(blank=True, max_length=200)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'digest_member_session',
            },
        ),
        migrations.CreateModel(
            name='MemberLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invitation', 'Invitation'), ('lost password', 'Recovery')], max_length=16)),
                ('state', models.CharField(choices=[('due', 'On its way'), ('sent', 'Taken by the relay'), ('failed', 'Not taken')], default='due', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.CharField(blank=True, max_length=200)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, max_length=300)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'digest_member_letter',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'due')), fields=('member', 'kind'), name='one_due_member_letter')],
            },
        ),
    ]
