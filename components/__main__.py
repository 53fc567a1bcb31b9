"""Entry of the Pulumi package: the engine runs this folder, under whatever name it lies."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

HERE = Path(__file__).resolve().parent


def name_folder() -> None:
    """Make the folder importable as `components`, which its modules call it, and by no other."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    spec = spec_from_file_location("components", HERE / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules["components"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    name_folder()
    from components.host import serve

    serve(sys.argv[1:])
