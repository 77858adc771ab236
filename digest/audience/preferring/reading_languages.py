"""Step: a reader says which languages they read, and in which one we speak to them."""

from collections.abc import Sequence

from django.db import transaction

from digest.audience.core import languages
from digest.audience.models.addresses import Address
from digest.audience.models.subscribers import Subscriber


def languages_of(address_id: int) -> tuple[str, tuple[str, ...]]:
    """The locale of our words, and the languages read; of nobody, English."""
    person = Subscriber.objects.filter(addresses=address_id).first()
    if person is None:
        return "en", ("en",)
    return languages.spoken(person.locale), person.reads


@transaction.atomic
def set_languages(
    address_id: int, *, locale: str | None = None, read: Sequence[str] | None = None
) -> bool:
    """Store what is given, for all of the person's addresses; whether anything differs from before.

    ``read``: primary subtags, the best first; an empty one leaves what was, since a reader of no
    language could be sent nothing. It counts from the next digest on.
    """
    address = Address.objects.filter(pk=address_id).first()
    if address is None:
        return False
    person = Subscriber.objects.select_for_update().get(pk=address.subscriber_id)
    before = person.locale, tuple(person.languages)
    if locale is not None and locale in languages.SPOKEN:
        person.locale = locale
    if read:
        person.languages = list(languages.read(read))
    if (person.locale, tuple(person.languages)) == before:
        return False
    person.save(update_fields=["locale", "languages"])
    return True
