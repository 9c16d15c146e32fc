"""Key pairs of the played clients: P-256, one private JWK per file, readable by its owner only."""

import json
import os
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey


def key_file(directory: Path, client_id: str) -> Path:
    """Where the private JWK of a client lies; made at first use, mode 0600."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{client_id}.jwk.json"
    if not path.exists():
        fresh = ECKey.generate_key("P-256", private=True)
        private = fresh.as_dict(private=True) | _labels(fresh)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(private, file)
    return path


def public_jwk(path: Path) -> dict[str, Any]:
    """The public half of a key file, with its `kid`."""
    key = ECKey.import_key(json.loads(path.read_text()))
    return dict(key.as_dict(private=False)) | _labels(key)


def _labels(key: ECKey) -> dict[str, str]:
    return {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
