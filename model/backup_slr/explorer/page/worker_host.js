/** The session in a worker of the page: nothing is sent anywhere. */

/** @import {Answer, Host} from "./types.js" */

/** @returns {Host} */
export function host() {
  /** @type {Map<number, (answer: Answer) => void>} */
  const waiting = new Map();
  let number = 0;
  /** The last walks, with which a session after a canceled search begins. */
  let last = { link: "", rest: null };
  /** @type {(text: string) => void} */
  let says = () => {};
  let worker = begun();

  function begun() {
    const made = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    made.onmessage = ({ data }) => {
      if (data.progress !== undefined) says(data.progress);
      else if (data.failed) end({ error: data.failed });
      else {
        if (data.answer.link) last = data.answer;
        waiting.get(data.id)?.(data.answer);
        waiting.delete(data.id);
      }
    };
    made.onerror = (event) => end({ error: `the session cannot start: ${event.message || "its worker cannot be loaded"}` });
    return made;
  }

  /** @param {Answer} answer to all requests that wait */
  function end(answer) {
    for (const answered of waiting.values()) answered(answer);
    waiting.clear();
  }

  /** @param {Record<string, any>} request @returns {Promise<Answer>} */
  function ask(request) {
    return new Promise((answered) => {
      waiting.set(++number, answered);
      worker.postMessage({ id: number, request: JSON.stringify(request) });
    });
  }

  return {
    ask,
    cancel() {
      worker.terminate();
      end({ error: "canceled", canceled: true });
      worker = begun();
      if (last.link) void ask({ do: "open", link: last.link, rest: last.rest });
    },
    progress(told) {
      says = told;
    },
  };
}
