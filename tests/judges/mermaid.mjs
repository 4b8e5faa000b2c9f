// Judge of Mermaid: reads a JSON list of sources, and tells of each what the parser of Mermaid itself made of it.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const page = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
globalThis.window = page.window;
globalThis.document = page.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, maxTextSize: 1e7, maxEdges: 5000 });
// Mermaid keeps entities (`#35;`) like this while it parses, and only what it draws in the end has the signs themselves.
const decoded = (text) => text.replace(/ﬂ°°(\d+)¶ß/g, (_, n) => String.fromCodePoint(Number(n)));

const told = [];
for (const source of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const { db, type } = await mermaid.mermaidAPI.getDiagramFromText(source);
    if (type === "sequence") {
      const actors = [...db.getActors().values()];
      told.push({
        type,
        nodes: actors.map((a) => ({ id: a.name, label: decoded(a.description) })),
        edges: db.getMessages().map((m) => ({ source: m.from, target: m.to, label: decoded(m.message) })),
        clusters: [],
      });
    } else {
      told.push({
        type,
        nodes: [...db.getVertices().values()].map((v) => ({ id: v.id, label: decoded(v.text ?? ""), link: v.link ?? null })),
        edges: db.getEdges().map((e) => ({ id: e.id, source: e.start, target: e.end, label: decoded(e.text ?? "") })),
        clusters: db.getSubGraphs().map((s) => ({ id: s.id, label: decoded(s.title) })),
      });
    }
    Object.assign(told.at(-1), { title: decoded(db.getDiagramTitle()), described: decoded(db.getAccDescription()) });
  } catch (error) {
    told.push({ error: String(error?.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(told), () => process.exit(0));
