"""Which site Django's admin is, for its list of installed applications."""

from django.contrib.admin.apps import AdminConfig


class OperatorsAdminConfig(AdminConfig):
    """Django's own, with our site in the place of its default one."""

    default_site = "digest.admin.site.OperatorsSite"
