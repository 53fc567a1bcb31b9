"""Entry of the Pulumi package: the engine runs this folder, under whatever name it lies."""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = "acr_transfer"


def name_folder() -> None:
    """Make the folder importable by the package's name, and by no other."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    spec = spec_from_file_location(PACKAGE, HERE / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    name_folder()
    import_module(f"{PACKAGE}.host").serve(sys.argv[1:])
