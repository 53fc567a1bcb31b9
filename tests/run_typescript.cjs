// Runs a compiled program on the engine, which calls back into this process: no language host is
// needed. Usage: node run_typescript.cjs REGISTRY GROUP up|preview|destroy...; prints the results.
const path = require("path");
const folder = process.cwd();
const automation = require(path.join(folder, "node_modules", "@pulumi", "pulumi", "automation"));

async function main(registry, group, ...commands) {
    const index = path.join(folder, "bin", "index.js");
    const program = async () => {
        delete require.cache[index];
        return require(index);
    };
    const stack = await automation.LocalWorkspace.createOrSelectStack({
        stackName: "dev",
        projectName: "transfer-typescript",
        program,
    });
    await stack.setAllConfig({ registry: { value: registry }, group: { value: group } });
    const results = {};
    for (const command of commands) {
        const result = await stack[command]();
        const changes = result.changeSummary ?? result.summary.resourceChanges;
        results[command] = { changes, contract: result.outputs?.contract?.value };
    }
    console.log(JSON.stringify(results));
}

main(...process.argv.slice(2)).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
