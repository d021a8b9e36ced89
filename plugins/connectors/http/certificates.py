"""Which certificate authorities are believed.

The environment's proxies are ignored on purpose, and `requests` would then ignore its certificates
too; a private HAP server behind a company's own authority could not be reached at all.
"""

from __future__ import annotations

import os
from pathlib import Path

from connectors.errors import Bilingual, ConfigurationError
from connectors.typed import typed

VARIABLE = "REQUESTS_CA_BUNDLE"


def trusted() -> str | bool:
    """Return what `requests` takes as ``verify``: a file or folder of authorities, or its own list.

    Raises:
        ConfigurationError: The variable names nothing that is there.
    """
    chosen = typed(os.environ.get(VARIABLE))
    if chosen and not Path(chosen).exists():
        raise ConfigurationError(
            "certificates",
            Bilingual(
                f"环境变量 {VARIABLE} 指向的文件不存在",
                f"the file that {VARIABLE} names does not exist",
            ),
            Bilingual(
                "改正该变量，或去掉它以使用自带的证书列表",
                "correct the variable, or unset it to use the built-in list",
            ),
        )
    return chosen or True
