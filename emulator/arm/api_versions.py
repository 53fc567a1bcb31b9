"""The API versions that Azure has of each type; any other is refused.

Recorded from Azure's own type definitions (https://github.com/Azure/bicep-types-az, `generated`),
the pages of the azure-native SDK, and the header `api-supported-versions` of recorded answers.
"""

from emulator.arm.ids import parse
from emulator.errors import AzureError
from emulator.resource_types import (
    ACCESS_POLICY_TYPE,
    ACCOUNT_TYPE,
    ASSIGNMENT_TYPE,
    BLOB_SERVICE_TYPE,
    CONTAINER_TYPE,
    EXPORT_TYPE,
    GROUP_TYPE,
    IDENTITY_TYPE,
    IMPORT_TYPE,
    REGISTRY_TYPE,
    RUN_TYPE,
    SECRET_TYPE,
    VAULT_TYPE,
    WORKSPACE_TYPE,
)
from emulator.state import State
from emulator.values import text

_GROUPS = """
2015-11-01 2016-02-01 2016-07-01 2016-09-01 2017-05-10 2018-02-01 2018-05-01 2019-03-01 2019-05-01
2019-05-10 2019-07-01 2019-08-01 2019-10-01 2020-06-01 2020-08-01 2020-10-01 2021-01-01 2021-04-01
2022-09-01 2023-07-01 2024-03-01 2024-07-01 2024-11-01 2025-03-01 2025-04-01
"""
_STORAGE = """
2015-05-01-preview 2015-06-15 2016-01-01 2016-05-01 2016-12-01 2017-06-01 2017-10-01 2018-02-01
2018-03-01-preview 2018-07-01 2018-11-01 2019-04-01 2019-06-01 2020-08-01-preview 2021-01-01
2021-02-01 2021-04-01 2021-06-01 2021-08-01 2021-09-01 2022-05-01 2022-09-01 2023-01-01 2023-04-01
2023-05-01 2024-01-01 2025-01-01 2025-06-01 2025-08-01 2026-04-01 2026-06-01 2026-09-01
"""
_VAULTS = """
2015-06-01 2016-10-01 2018-02-14-preview 2018-02-14 2019-09-01 2020-04-01-preview
2021-04-01-preview 2021-06-01-preview 2021-10-01 2021-11-01-preview 2022-02-01-preview 2022-07-01
2022-11-01 2023-02-01 2023-07-01 2024-04-01-preview 2024-11-01 2024-12-01-preview 2025-05-01
2026-02-01 2026-03-01-preview 2026-05-15 2026-06-01-preview
"""
_PIPELINES = """
2019-12-01-preview 2020-11-01-preview 2021-06-01-preview 2021-08-01-preview 2021-12-01-preview
2022-02-01-preview 2023-01-01-preview 2023-06-01-preview 2023-08-01-preview 2023-11-01-preview
2024-11-01-preview 2025-03-01-preview 2025-05-01-preview 2025-06-01-preview 2025-12-01-preview
2026-01-01-preview 2026-03-01-preview
"""
_REGISTRIES = f"""
2017-03-01 2017-06-01-preview 2017-10-01 2019-05-01 2021-09-01 2022-12-01 2023-07-01 2025-04-01
2025-11-01 2026-09-01-preview {_PIPELINES}
"""
_IDENTITIES = """
2015-08-31-preview 2018-11-30 2021-09-30-preview 2022-01-31-preview 2023-01-31 2023-07-31-preview
2024-11-30 2025-01-31-preview 2025-05-31-preview
"""
_ASSIGNMENTS = """
2015-07-01 2017-10-01-preview 2018-01-01-preview 2018-09-01-preview 2020-03-01-preview
2020-04-01-preview 2020-08-01-preview 2020-10-01-preview 2022-04-01
"""
_WORKSPACES = """
2015-11-01-preview 2020-03-01-preview 2020-08-01 2020-10-01 2021-06-01 2021-12-01-preview
2022-10-01 2023-09-01 2025-02-01 2025-07-01 2026-03-01
"""


def _since(versions: str, first: str = "") -> tuple[str, ...]:
    return tuple(sorted(version for version in versions.split() if version >= first))


_BY_TYPE = {
    type_.lower(): versions
    for type_, versions in {
        GROUP_TYPE: _since(_GROUPS),
        ACCOUNT_TYPE: _since(_STORAGE),
        BLOB_SERVICE_TYPE: _since(_STORAGE, "2018-07-01"),
        CONTAINER_TYPE: _since(_STORAGE, "2018-02-01"),
        f"{ACCOUNT_TYPE}/managementPolicies": _since(_STORAGE, "2018-03-01"),
        "Microsoft.Storage/skus": _since(_STORAGE, "2017-06-01"),
        VAULT_TYPE: _since(_VAULTS),
        ACCESS_POLICY_TYPE: _since(_VAULTS),
        SECRET_TYPE: _since(_VAULTS, "2016-10-01"),
        IDENTITY_TYPE: _since(_IDENTITIES),
        ASSIGNMENT_TYPE: _since(_ASSIGNMENTS),
        REGISTRY_TYPE: _since(_REGISTRIES),
        EXPORT_TYPE: _since(_PIPELINES),
        IMPORT_TYPE: _since(_PIPELINES),
        RUN_TYPE: _since(_PIPELINES),
        WORKSPACE_TYPE: _since(_WORKSPACES),
        "Microsoft.Insights/diagnosticSettings": _since(
            "2016-09-01 2017-05-01-preview 2021-05-01-preview"
        ),
    }.items()
}


def versions_of(type_: str) -> tuple[str, ...]:
    """Give the versions of a type, oldest first; none where they are not recorded."""
    return _BY_TYPE.get(type_.lower(), ())


def require_version(type_: str, version: str, location: str) -> None:
    """Refuse a version that a type does not have; where the location is known Azure names it."""
    known = versions_of(type_)
    if not known or version in known:
        return
    namespace, _, kind = type_.partition("/")
    supported = f"The supported api-versions are '{', '.join(known)}'."
    if not location:
        raise AzureError(
            404,
            "InvalidResourceType",
            f"The resource type '{kind}' could not be found in the namespace '{namespace}' for "
            f"api version '{version}'. {supported}",
        )
    raise AzureError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{location}' and API version "
        f"'{version}' for type '{kind}'. {supported}",
    )


def known_location(state: State, resource_id: str) -> str:
    """Give the location of a resource, or of the one that it lies in; "" where there is none."""
    rid = parse(resource_id)
    for place in filter(None, (rid.text, rid.parent)):
        found = state.get(place)
        if found is not None and text(found.body, "location"):
            return text(found.body, "location")
    return ""
