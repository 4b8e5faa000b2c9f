/** The session in this worker: Python as WebAssembly, with the program as it is installed anywhere else. */

import { graphviz } from "./graphviz.js";

/** @param {string} progress */
const tell = (progress) => postMessage({ progress });

/** @param {string} address @returns {Promise<Response>} */
async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} cannot be read (status ${response.status})`);
  return response;
}

async function started() {
  tell("Loading Python…");
  const site = await (await fetched("site.json")).json();
  const place = new URL(site.pyodide, location.href).href;
  const files = Promise.all(site.wheels.map(async (/** @type {string} */ wheel) => (await fetched(wheel)).arrayBuffer()));
  const gallery = fetched("gallery.json").then((response) => response.text());
  const { loadPyodide } = await import(new URL("pyodide.mjs", place).href);
  const python = await loadPyodide({ indexURL: place, packageBaseUrl: place });
  tell("Loading the rules…");
  for (const wheel of await files) python.unpackArchive(wheel, "wheel");
  const make = python.runPython("from backup_slr.explorer.hosted_session import answering; answering");
  /** Graphviz, which is loaded for the first picture. @type {((dot: string) => string) | undefined} */
  let draw;
  const answer = make(await gallery, (/** @type {string} */ dot) => draw?.(dot) ?? "", site.link);
  /** @param {string} request */
  return async (request) => {
    if (JSON.parse(request).do === "picture") draw ??= await graphviz("graphviz.wasm").catch(() => undefined);
    const said = JSON.parse(answer(request));
    if (!said.needs) return said;
    try {
      await python.loadPackage(said.needs, { messageCallback: () => {} });
      python.pyimport(said.needs);
    } catch {
      return said;
    }
    return JSON.parse(answer(request));
  };
}

const ready = started();
ready.then(
  () => tell(""),
  (error) => postMessage({ failed: `the session cannot start: ${error.message}` }),
);
/** One request after the other, in their order. */
let last = Promise.resolve();
onmessage = ({ data: { id, request } }) => {
  last = last.then(async () => {
    try {
      postMessage({ id, answer: await (await ready)(request) });
    } catch (error) {
      postMessage({ id, answer: { error: String(error instanceof Error ? error.message : error).slice(-300) } });
    }
  });
};
