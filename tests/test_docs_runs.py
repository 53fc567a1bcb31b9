"""Each command that a page has somebody type after a failure is run by a test, or says why not."""

import ast
import re
from pathlib import Path

from doc_commands import ROOT, commands_in

PAGES = [ROOT / "docs" / f"{name}.md" for name in ("operations", "runs", "fleet-operations")]
_PROGRAMS = ("acr-transfer", "az", "git", "pulumi", "python")
# A console block, or a row of a table.
_TYPED = re.compile(r"^ *```console\n.*?^ *```|^\|.*?$", re.MULTILINE | re.DOTALL)

# By the test that types the command, or has the last line of a failure typed, which is it. Some
# have a stack or a folder of another name, or options about how it is shown.
RUN_BY = {
    "acr-transfer check": (
        "test_check_engine::"
        "test_a_good_pair_has_no_failing_finding_and_what_is_changed_or_broken_is_named"
    ),
    "acr-transfer check --dir tenants/contoso": (
        "test_engine_fleet::"
        "test_a_merge_is_deployed_by_the_lines_of_the_workflow_and_brings_its_change"
    ),
    "acr-transfer copy": (
        "test_engine_lock::test_a_finished_batch_stays_as_it_is_whatever_becomes_of_others"
    ),
    "acr-transfer copy --from-folder DIR": "test_engine::test_blobs_can_go_over_a_disk",
    "acr-transfer fleet up --failed": (
        "test_engine_fleet_backend::"
        "test_a_backend_that_goes_away_is_a_row_and_failed_goes_on_once_it_is_back"
    ),
    "acr-transfer fleet up --failed --jobs 2": (
        "test_engine_fleet_backend::"
        "test_a_backend_that_goes_away_is_a_row_and_failed_goes_on_once_it_is_back"
    ),
    "acr-transfer fleet up contoso": (
        "test_engine_fleet_backend::"
        "test_a_backend_that_goes_away_is_a_row_and_failed_goes_on_once_it_is_back"
    ),
    "acr-transfer lock": (
        "test_lock_command::test_what_is_new_or_moved_goes_into_a_new_batch_and_nothing_else"
    ),
    "acr-transfer lock --renew BATCH": (
        "test_engine_lock::test_a_finished_batch_stays_as_it_is_whatever_becomes_of_others"
    ),
    "acr-transfer lock --split BATCH": (
        "test_lock_command::test_split_halves_a_batch_until_one_artifact_is_left"
    ),
    "acr-transfer run": (
        "test_engine_stopped::test_ctrl_c_ends_in_order_and_after_a_kill_the_last_line_mends"
    ),
    "acr-transfer run --timeout 120": (
        "test_engine_tenants::test_one_run_moves_an_image_between_two_sign_ins_and_tells_no_secret"
    ),
    "acr-transfer verify --dir tenants/contoso": (
        "test_engine_fleet::"
        "test_a_merge_is_deployed_by_the_lines_of_the_workflow_and_brings_its_change"
    ),
    "git checkout -- tenants/contoso": (
        "test_engine_fleet::"
        "test_what_is_protected_can_be_deleted_once_its_files_have_said_so_in_a_deployment"
    ),
    "pulumi cancel -s source": (
        "test_engine_stopped::test_ctrl_c_ends_in_order_and_after_a_kill_the_last_line_mends"
    ),
    "pulumi config rm acr-transfer:create_registry -s source": (
        "test_engine_settings::"
        "test_what_exists_and_what_a_side_makes_are_not_mistaken_and_the_side_stays_as_it_is"
    ),
    "pulumi config set --secret azure-native:clientSecret -s target": (
        "test_engine_tenants::test_one_run_moves_an_image_between_two_sign_ins_and_tells_no_secret"
    ),
    "pulumi config set acr-transfer:rerun 1 -s source": (
        "test_engine::test_a_failed_export_fails_every_up_until_its_last_line_is_typed"
    ),
    "pulumi config set acr-transfer:rerun 1 -s target": (
        "test_engine::test_images_arrive_once_and_a_destroy_leaves_nothing_behind"
    ),
    "pulumi config set azure-native:subscriptionId SUBSCRIPTION -s target": (
        "test_engine_tenants::test_one_run_moves_an_image_between_two_sign_ins_and_tells_no_secret"
    ),
    "pulumi preview -s contoso-source -C tenants/contoso": (
        "test_engine_fleet::test_a_plain_preview_in_a_folder_of_a_tenant_is_empty"
    ),
    "pulumi refresh -s contoso-source -C tenants/contoso --exclude '**:PipelineRun::*'": (
        "test_engine_fleet::"
        "test_what_somebody_changed_in_azure_is_drift_and_a_record_of_a_run_is_none"
    ),
    "pulumi stack init source": (
        "test_engine_lock::test_a_finished_batch_stays_as_it_is_whatever_becomes_of_others"
    ),
    "pulumi stack init target": (
        "test_engine_lock::test_a_finished_batch_stays_as_it_is_whatever_becomes_of_others"
    ),
    "pulumi up -s source": "test_engine::test_blobs_can_go_over_a_disk",
    "pulumi up -s source --refresh": (
        "test_engine_settings::"
        "test_a_vault_that_was_deleted_by_hand_is_made_anew_by_the_command_that_is_named"
    ),
    "pulumi up -s source --replace '**::source-sas-suffix'": (
        "test_engine_settings::"
        "test_a_vault_that_was_deleted_by_hand_is_made_anew_by_the_command_that_is_named"
    ),
}
_WRITTEN = "tests write the key into the stack's file, as it is the engine's own command"
NOT_RUN = {
    "az keyvault recover --name VAULT": (
        "az is not held against the emulator here; a test makes the request that recovers"
    ),
    "pulumi cancel -s contoso-source -C tenants/contoso": (
        "the command for a pair at the root is run; the row's text is compared"
    ),
    "pulumi config set azure-native:clientId APPLICATION -s target": _WRITTEN,
    "pulumi config set azure-native:environment usgovernment -s target": _WRITTEN,
    "pulumi config set azure-native:tenantId TENANT -s target": _WRITTEN,
    "pulumi login": "it signs in to an account, or to a store of one's own",
    "pulumi state repair -s source": "nothing here brings the engine to break a state",
    "pulumi up -s source --replace '**::source-suffix'": (
        "as with source-sas-suffix; what new names cost is run by test_engine_settings"
    ),
    "pulumi whoami -v": "it tells of an account, or of a store of one's own",
}


def typed(page: Path) -> set[str]:
    """Give the commands of a page's console blocks and tables."""
    text = "\n".join(_TYPED.findall(page.read_text(encoding="utf-8")))
    return {
        command
        for command in commands_in(text)
        if command.partition(" ")[0] in _PROGRAMS and " " in command
    }


def test_each_command_to_type_is_run_by_a_test_or_says_why_not() -> None:
    written = set().union(*map(typed, PAGES))

    assert written == RUN_BY.keys() | NOT_RUN.keys()
    assert not RUN_BY.keys() & NOT_RUN.keys()


def test_the_tests_that_run_commands_exist() -> None:
    for name in RUN_BY.values():
        module, _, test = name.partition("::")
        tree = ast.parse((ROOT / "tests" / f"{module}.py").read_text(encoding="utf-8"))
        assert test in {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}, name
