"""Where the SAS of a pipeline comes from: signed for a window of time, or brought by the user."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from pydantic import SecretStr

from .errors import Problem
from .sas_terms import SasWindow, read_period

WARN_BEFORE = timedelta(days=7)
"""The last days of a brought SAS, in which a warning reminds of its end."""
GIVE_ANOTHER = "Give another one."


@dataclass(frozen=True)
class SasTerms:
    """What a SAS says of its times and its signature; a time that it does not say is None."""

    start: datetime | None
    expiry: datetime | None
    key_start: datetime | None = None
    key_expiry: datetime | None = None
    """Times of the user delegation key that has signed it; such a key ends what it signed."""
    is_signed_by_account_key: bool = True
    access_policy: str = ""
    """Name of the container's access policy that says what the SAS does not say itself."""

    @classmethod
    def of(cls, fields: dict[str, str]) -> "SasTerms":
        """Read the fields of a SAS."""
        return cls(
            start=read_moment(fields.get("st")),
            expiry=read_moment(fields.get("se")),
            key_start=read_moment(fields.get("skt")),
            key_expiry=read_moment(fields.get("ske")),
            is_signed_by_account_key="skoid" not in fields,
            access_policy=fields.get("si", ""),
        )

    @property
    def begins(self) -> datetime | None:
        """When the SAS opens its container; None: at any time before its end."""
        return max((time for time in (self.start, self.key_start) if time), default=None)

    @property
    def ends(self) -> datetime | None:
        """When the SAS ends; None where that cannot be told from it."""
        return min((time for time in (self.expiry, self.key_expiry) if time), default=None)

    @property
    def length(self) -> timedelta | None:
        """The time that an account's SAS policy counts; None for a SAS without its start."""
        return self.expiry - self.start if self.start and self.expiry else None


@dataclass(frozen=True)
class MintedSas:
    """A SAS that the program has the account sign, and that `pulumi up` rotates."""

    window: SasWindow

    @property
    def terms(self) -> SasTerms:
        """What the SAS says of itself."""
        return SasTerms(self.window.start, self.window.expiry)


@dataclass(frozen=True)
class BroughtSas:
    """A SAS that the user brings, and that nothing rotates."""

    token: SecretStr | None = None
    """None where it is not read, or not known yet."""

    @property
    def terms(self) -> SasTerms | None:
        """What the SAS says of itself; None where it is not read."""
        return SasTerms.of(sas_fields(self.token.get_secret_value())) if self.token else None


SasSource = MintedSas | BroughtSas


@dataclass(frozen=True)
class AccountRules:
    """What an existing storage account asks of a SAS."""

    account: str
    allows_shared_keys: bool
    longest: str = ""
    """The period of a SAS policy that blocks, DD.HH:MM:SS; empty without such a policy."""

    def problems(self, sas: SasSource) -> list[Problem]:
        """List what the account refuses a SAS for; of one that is not read, nothing is said."""
        if sas.terms is None:
            return []
        rules = [*self._keys(sas.terms), *self._policy(sas, sas.terms)]
        return [Problem("storage account", self.account, rule, fix) for rule, fix in rules]

    def _keys(self, terms: SasTerms) -> list[tuple[str, str]]:
        if self.allows_shared_keys or not terms.is_signed_by_account_key:
            return []
        return [
            (
                "it forbids shared keys, and an account key signs the SAS "
                "(KeyBasedAuthenticationNotPermitted)",
                f"Type az storage account update --name {self.account} --allow-shared-key-access "
                "true, write storage_access: managed-identity, or give a user delegation SAS as "
                "`sas`.",
            )
        ]

    def _policy(self, sas: SasSource, terms: SasTerms) -> list[tuple[str, str]]:
        longest = read_period(self.longest)
        # https://learn.microsoft.com/azure/storage/common/sas-expiration-policy: a policy asks for
        # a start, and does not count for a SAS with a stored access policy.
        if longest is None or terms.access_policy:
            return []
        if terms.length is None:
            return [("it blocks every SAS without a start (st)", GIVE_ANOTHER)]
        if terms.length <= longest:
            return []
        shorter = "Write `sas_days` and `sas_grace_days` for a shorter one."
        fix = shorter if isinstance(sas, MintedSas) else GIVE_ANOTHER
        return [(f"it blocks every SAS that is valid for more than {self.longest}", fix)]


def sas_fields(token: str) -> dict[str, str]:
    """Take a SAS apart into its fields."""
    return {key: values[0] for key, values in parse_qs(token.removeprefix("?")).items()}


def read_moment(text: str | None) -> datetime | None:
    """Read a time as storage does, in UTC where it names no zone; None if it is none.

    The forms: https://learn.microsoft.com/rest/api/storageservices/formatting-datetime-values.
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
