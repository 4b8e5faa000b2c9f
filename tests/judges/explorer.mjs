// The session of the explorer as a static site runs it, without a browser: answers a JSON list of requests.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const place = process.argv[2];
const { graphviz } = await import(pathToFileURL(`${place}/graphviz.js`));
const { loadPyodide } = await import(pathToFileURL(`${place}/pyodide/pyodide.mjs`));
const site = JSON.parse(readFileSync(`${place}/site.json`, "utf8"));
const python = await loadPyodide({ indexURL: `${place}/pyodide/` });
for (const wheel of site.wheels) python.unpackArchive(new Uint8Array(readFileSync(`${place}/${wheel}`)), "wheel");
const make = python.runPython("from backup_slr.explorer.hosted_session import answering; answering");
const drawing = await graphviz(`data:application/wasm;base64,${readFileSync(`${place}/graphviz.wasm`, "base64")}`);
const answer = make(readFileSync(`${place}/gallery.json`, "utf8"), drawing, site.link);
const answers = JSON.parse(readFileSync(0, "utf8")).map((request) => JSON.parse(answer(JSON.stringify(request))));
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
