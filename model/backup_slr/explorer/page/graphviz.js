/** Graphviz as WebAssembly, without a file system: DOT to SVG. */

const NOT_HERE = 8; // EBADF
const FUNCTIONS = [
  ...["environ_get", "clock_time_get", "fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_filestat_get"],
  ...["fd_prestat_get", "fd_prestat_dir_name", "fd_read", "fd_seek", "path_filestat_get", "path_open"],
];

/** @param {string} address of the module @returns {Promise<(dot: string) => string>} */
export async function graphviz(address) {
  /** @type {any} */
  let made;
  const bytes = () => new DataView(made.memory.buffer);
  const wasi = {
    ...Object.fromEntries(FUNCTIONS.map((name) => [name, () => NOT_HERE])),
    environ_get: () => 0,
    /** @param {number} count @param {number} size */
    environ_sizes_get(count, size) {
      bytes().setUint32(count, 0, true);
      bytes().setUint32(size, 0, true);
      return 0;
    },
    /** @param {number} _ @param {bigint} precision @param {number} time */
    clock_time_get(_, precision, time) {
      bytes().setBigUint64(time, 0n, true);
      return 0;
    },
    /** @param {number} _ @param {number} parts @param {number} count @param {number} written */
    fd_write(_, parts, count, written) {
      let all = 0;
      for (let part = 0; part < count; part++) all += bytes().getUint32(parts + 8 * part + 4, true);
      bytes().setUint32(written, all, true);
      return 0;
    },
    /** @param {number} at @param {number} size */
    random_get(at, size) {
      new Uint8Array(made.memory.buffer, at, size).fill(0);
      return 0;
    },
    /** @param {number} code */
    proc_exit(code) {
      throw new Error(`Graphviz ended with ${code}`);
    },
  };
  const loaded = await WebAssembly.instantiate(await (await fetch(address)).arrayBuffer(), { wasi_snapshot_preview1: wasi });
  made = loaded.instance.exports;

  /** @param {string} text */
  const placed = (text) => {
    const content = new TextEncoder().encode(`${text}\0`);
    const at = made.malloc(content.length);
    new Uint8Array(made.memory.buffer, at, content.length).set(content);
    return at;
  };
  return (dot) => {
    const given = [dot, "svg", "dot"].map(placed);
    const size = made.malloc(4);
    const drawn = made.graphviz_render(...given, size);
    if (!drawn) throw new Error("Graphviz cannot draw this");
    const svg = new TextDecoder().decode(new Uint8Array(made.memory.buffer, drawn, bytes().getUint32(size, true)));
    for (const at of [drawn, ...given, size]) made.free(at);
    return svg;
  };
}
