"""Every path that messages link to is a page of ours."""

from uuid import uuid4

import pytest
from django.urls import resolve, reverse

from digest.outbound.messages import links


@pytest.mark.parametrize("name", links.PATHS)
def test_a_path_in_a_message_resolves_to_a_page_of_whom_it_is_for(name: str) -> None:
    path = links.PATHS[name].format(
        token="s1.abc",
        public_id=uuid4(),
        code=links.short_code(uuid4()),
        copy="c1",
        story="s1",
        signature="abc",
    )
    assert resolve(path).namespace == ("desk" if name.startswith("desk_") else "public")


def test_the_desk_the_hooks_and_the_admin_have_their_rooms() -> None:
    assert reverse("hooks:channel", args=["whatsapp"]) == "/hooks/whatsapp"
    assert resolve("/hooks/mail/mailgun").kwargs == {"channel": "email", "provider": "mailgun"}
    assert reverse("desk:wire").startswith("/desk/")
    assert reverse("admin:index") == "/admin/"
