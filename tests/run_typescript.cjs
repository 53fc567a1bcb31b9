// Runs a compiled program on the engine, which calls back into this process: no language host is
// needed. Usage: node run_typescript.cjs up|preview|destroy REGISTRY GROUP; prints the result.
const path = require("path");
const folder = process.cwd();
const automation = require(path.join(folder, "node_modules", "@pulumi", "pulumi", "automation"));

async function main(command, registry, group) {
    const program = async () => require(path.join(folder, "bin", "index.js"));
    const stack = await automation.LocalWorkspace.createOrSelectStack({
        stackName: "dev",
        projectName: "transfer-typescript",
        program,
    });
    await stack.setAllConfig({ registry: { value: registry }, group: { value: group } });
    const result = await stack[command]();
    const changes = result.changeSummary ?? result.summary.resourceChanges;
    console.log(JSON.stringify({ changes, contract: result.outputs?.contract?.value }));
}

main(...process.argv.slice(2)).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
