"""Uninstalls OAuth apps: removes what they have made for a user, and revokes everything that users granted to them."""

from __future__ import annotations

from dealwright.crm.companies import Companies
from dealwright.crm.correspondence import channels
from dealwright.crm.integration import webhooks
from dealwright.crm.integration.oauth import apps, grants, installations
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import user_provider_links, users


def uninstall_app(companies: Companies, app: App, owner: UserRef) -> bool:
    """Revokes everything that a user granted to an app, and deletes the app's webhooks, channels and links of the user.

    Returns False if there were no grants. Every way of uninstalling calls this function.
    """
    company = companies.platform.find_company(owner.company_id)
    if company is not None:
        # First: if the process dies between the two steps, uninstalling again still finds the grants.
        companies.run(
            company, users.any_active_user_id(company), lambda crm: _delete_data(crm, app, owner.user_id), write=True
        )
    return grants.revoke_all(companies.platform, app, owner)


def remove_app(companies: Companies, app: App) -> None:
    """Deletes an app, after all who had let it in are rid of it."""
    for installed in installations.for_app(companies.platform, app, companies.clock()):
        uninstall_app(companies, app, installed.owner)
    apps.delete(companies.platform, app)


def _delete_data(crm: UnitOfWork, app: App, user_id: int) -> None:
    webhooks.delete_for_app(crm, app.client_id, user_id)
    user_provider_links.delete_for_app(crm, app.client_id, user_id)
    channels.delete_for_app(crm, app.client_id, user_id)
