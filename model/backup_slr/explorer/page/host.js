/** Where the session runs: behind the server that sent the page, or in a worker of the page. */

/** @import {Host} from "./types.js" */

/** @returns {Promise<Host>} */
export async function chosenHost() {
  const made = document.body.dataset.host === "worker" ? "./worker_host.js" : "./server_host.js";
  return (await import(made)).host();
}
