"""Step: a reader says which alerts they want, how many, and at what hours none."""

from django.db import transaction

from digest.audience.core.alert_rules import AlertRules
from digest.audience.models.addresses import locked_by_id
from digest.audience.models.alert_rules import AlertRule
from digest.audience.models.subscriptions import Subscription, living, make_own
from digest.audience.preferring.alert_order import share_rules
from digest.audience.preferring.prefer import NotVerified


@transaction.atomic
def set_alert_rules(address_id: int, rules: AlertRules) -> bool:
    """Keep the rules for the address's alerts; False when it has left them meanwhile.

    What is on its way already is not called back. Raises
    :class:`~digest.audience.preferring.prefer.NotVerified` for an unconfirmed or erased address.
    """
    address = locked_by_id(address_id)
    if address is None or address.verified_at is None:
        raise NotVerified("Confirm the address first, by the link in the mail we sent.")
    followed = [each for each in living(address.pk) if each.alerts]
    if not followed:
        return False
    make_own(Subscription.objects.filter(pk=followed[0].pk))
    begins, ends = rules.quiet or (None, None)
    AlertRule.objects.update_or_create(
        subscription=followed[0],
        defaults={
            "topic_ids": sorted(rules.topics),
            "biggest_only": rules.biggest_only,
            "most_a_day": rules.most_a_day,
            "quiet_from": begins,
            "quiet_until": ends,
        },
    )
    share_rules(address.pk)
    return True
