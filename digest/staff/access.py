"""Who may do what on the desk: roles, rights, and one pure question."""

from enum import Enum


class Role(str, Enum):
    """A member's place in the newsroom; each role holds the rights of those before it."""

    READER = "reader"
    EDITOR = "editor"
    CHIEF = "chief"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        """The role's name on a page."""
        return self.value.capitalize()


class Right(str, Enum):
    """Something a member may do."""

    SEE_DESK = "see desk"
    CURATE = "curate"
    APPROVE = "approve"
    RAISE_ALERT = "raise alert"
    ISSUE_ALERT = "issue alert"
    RUN_SENDS = "run sends"
    STEER_FEEDS = "steer feeds"
    CONFIGURE = "configure"


_ADDED: dict[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.SEE_DESK}),
    Role.EDITOR: frozenset(
        {
            Right.CURATE,
            Right.APPROVE,
            Right.RAISE_ALERT,
            Right.ISSUE_ALERT,
            Right.STEER_FEEDS,
        }
    ),
    Role.CHIEF: frozenset({Right.RUN_SENDS}),
    Role.OPERATOR: frozenset({Right.CONFIGURE}),
}


def rights(role: Role) -> frozenset[Right]:
    """Every right that ``role`` holds, its own and those of the roles before it."""
    order = list(Role)
    return frozenset().union(*(_ADDED[each] for each in order[: order.index(role) + 1]))


def may(role: str, right: Right) -> bool:
    """Whether a member of ``role`` holds ``right``; an unknown role holds none."""
    try:
        return right in rights(Role(role))
    except ValueError:
        return False
