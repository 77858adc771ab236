"""The operators' pages as a site that asks for the second factor, as the desk does."""

from typing import cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from digest.staff.members import Member
from digest.staff.second_factor import lacks_second_factor


class OperatorsSite(AdminSite):
    """Django's admin, for operators alone."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Not before somebody who must have a second factor has one."""
        if not super().has_permission(request):
            return False
        return not lacks_second_factor(cast(Member, request.user), request.session)
