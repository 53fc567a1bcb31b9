"""Pushes layouts to a registry by the OCI distribution protocol, signed in as Azure wants it."""

from collections.abc import Mapping, Sequence
from threading import Lock

import httpx

from components.model.artifacts import Artifact
from rehearsal.images import Layout
from transfer.parallel import for_each
from transfer.registry.login import GetToken, RegistryLogin


class Pusher:
    """A registry that is written to."""

    def __init__(self, host: str, http: httpx.Client, sign_in: GetToken) -> None:
        self._host = host
        self._http = http
        # Docker's own logins are of the user, and for other registries.
        nobody: Mapping[str, str] = {"DOCKER_CONFIG": "/nonexistent"}
        self._login = RegistryLogin(host, http, nobody, sign_in, "", lambda _: None)
        self._challenge = http.get(f"https://{host}/v2/").headers.get("WWW-Authenticate", "")
        self._lock = Lock()

    def push(self, layouts: Sequence[tuple[Artifact, Layout]]) -> None:
        """Push what layouts hold, each under its name."""
        for_each(layouts, lambda item: self._push(*item), lambda *_: None)

    def _push(self, artifact: Artifact, layout: Layout) -> None:
        contents = layout.contents()
        place = f"https://{self._host}/v2/{artifact.repository}"
        headers = {"Authorization": self._header(artifact.repository)}
        for digest, content in contents.items():
            if digest not in layout.documents:
                begun = self._http.post(f"{place}/blobs/uploads/", headers=headers)
                where = httpx.URL(place).join(begun.raise_for_status().headers["Location"])
                self._http.put(
                    where.copy_merge_params({"digest": digest}), headers=headers, content=content
                ).raise_for_status()
        for digest, media_type in layout.documents.items():
            is_top = digest == list(layout.documents)[-1]
            self._http.put(
                f"{place}/manifests/{artifact.reference if is_top else digest}",
                headers={**headers, "Content-Type": media_type},
                content=contents[digest],
            ).raise_for_status()

    def _header(self, repository: str) -> str:
        scope = f"repository:{repository}:pull,push"
        with self._lock:
            return self._login.header(scope) or self._login.answer(scope, self._challenge, "")
