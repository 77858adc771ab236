"""Who may do what on the desk: roles, rights, and one pure question."""

from collections.abc import Collection
from enum import Enum


class Role(str, Enum):
    """A member's place in the newsroom; each holds the rights of those below it (``_BELOW``)."""

    READER = "reader"
    SERVICES = "services"
    EDITOR = "editor"
    CHIEF = "chief"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        """The role's name on a page."""
        return "Reader services" if self is Role.SERVICES else self.value.capitalize()


class Right(str, Enum):
    """Something a member may do."""

    SEE_DESK = "see desk"
    CURATE = "curate"
    APPROVE = "approve"
    RAISE_ALERT = "raise alert"
    ISSUE_ALERT = "issue alert"
    RUN_SENDS = "run sends"
    STEER_FEEDS = "steer feeds"
    SERVE_READERS = "serve readers"
    MAKE_NEWSLETTERS = "make newsletters"
    MANAGE_MEMBERS = "manage members"
    CONFIGURE = "configure"


_ADDED: dict[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.SEE_DESK}),
    Role.SERVICES: frozenset({Right.SERVE_READERS}),
    Role.EDITOR: frozenset(
        {
            Right.CURATE,
            Right.APPROVE,
            Right.RAISE_ALERT,
            Right.ISSUE_ALERT,
            Right.STEER_FEEDS,
        }
    ),
    Role.CHIEF: frozenset({Right.RUN_SENDS, Right.MAKE_NEWSLETTERS, Right.MANAGE_MEMBERS}),
    Role.OPERATOR: frozenset({Right.CONFIGURE}),
}
# Who answers readers sees their addresses and curates nothing; an editor sees none of them.
_BELOW: dict[Role, tuple[Role, ...]] = {
    Role.READER: (),
    Role.SERVICES: (Role.READER,),
    Role.EDITOR: (Role.READER,),
    Role.CHIEF: (Role.EDITOR, Role.SERVICES),
    Role.OPERATOR: (Role.CHIEF,),
}


def rights(role: Role) -> frozenset[Right]:
    """Every right that ``role`` holds, its own and those of the roles below it."""
    return _ADDED[role].union(*(rights(each) for each in _BELOW[role]))


def may(role: str, right: Right) -> bool:
    """Whether a member of ``role`` holds ``right``; an unknown role holds none."""
    try:
        return right in rights(Role(role))
    except ValueError:
        return False


def within(scope: Collection[int] | None, newsletter: int | None) -> bool:
    """Whether what belongs to a ``newsletter`` (None: to none of them) is a member's to change.

    Without a scope everything is.
    """
    return scope is None or (newsletter is not None and newsletter in scope)


def may_give(role: str, wanted: Role) -> bool:
    """Whether a member of ``role`` may make somebody a ``wanted``, or end one who is.

    An operator may everything; a chief whatever is below a chief; others nothing.
    """
    if not may(role, Right.MANAGE_MEMBERS):
        return False
    own = Role(role)
    return own is Role.OPERATOR or (wanted is not own and rights(wanted) < rights(own))


def takes_scope(role: str) -> bool:
    """Whether who has ``role`` may be held to some newsletters: who curates, and no operator."""
    return may(role, Right.CURATE) and role != Role.OPERATOR


def may_come_alone(role: str) -> bool:
    """Whether somebody may become a member of ``role`` with nobody inviting them."""
    return role in (Role.READER, Role.SERVICES, Role.EDITOR)


def needs_second_factor(role: str, least: str) -> bool:
    """Whether ``role`` must sign in with a second factor.

    ``least`` is the lowest role of which it is asked (``DIGEST_SECOND_FACTOR``), empty for none:
    every role that holds all of its rights is meant.
    """
    try:
        return bool(least) and rights(Role(least)) <= rights(Role(role))
    except ValueError:
        return False
