"""An import contract that import-linter does not bring: these modules import nothing but Python and this workspace."""

import sys
from typing import TYPE_CHECKING, Any

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class StandardLibraryOnly(Contract):
    """`modules`: packages whose every import is of the standard library, or of modules that lint-imports reads too."""

    modules = fields.ListField(subfield=fields.ModuleField())

    def check(self, graph: "ImportGraph", verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 (import-linter's)
        """Kept when no module below `modules` imports a third-party package."""
        packages: list[Any] = self.modules  # type: ignore[assignment]  # a field becomes its value on the instance
        inside = {name for package in packages for name in {package.name, *graph.find_descendants(package.name)}}
        found = [
            f"{module} -> {imported}"
            for module in sorted(inside)
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if graph.is_module_squashed(imported) and imported.partition(".")[0] not in sys.stdlib_module_names
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Prints each forbidden import on a line of its own."""
        for line in check.metadata["found"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()
