// Judge of PlantUML: reads a JSON list of sources, and tells of each the SVG that PlantUML itself makes of it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import { JSDOM } from "jsdom";

console.log = console.error = () => {};
const page = new JSDOM("<!doctype html><body></body>", { url: "file:///" });
// There is no canvas here to measure text with; any width will do for a judge.
page.window.HTMLCanvasElement.prototype.getContext = () => ({
  font: "",
  measureText: (text) => ({ width: 7 * text.length, actualBoundingBoxAscent: 9, actualBoundingBoxDescent: 3, fontBoundingBoxAscent: 9, fontBoundingBoxDescent: 3 }),
});
page.window.SVGElement.prototype.getBBox = function () {
  return { x: 0, y: 0, width: 7 * this.textContent.length, height: 12 };
};
globalThis.window = page.window;
globalThis.document = page.window.document;
globalThis.DOMParser = page.window.DOMParser;
globalThis.XMLSerializer = page.window.XMLSerializer;
runInThisContext(readFileSync(createRequire(import.meta.url).resolve("@plantuml/core/viz-global.js"), "utf8"));
const { renderToString } = await import("@plantuml/core");

const told = [];
for (const source of JSON.parse(readFileSync(0, "utf8"))) {
  told.push(await new Promise((done) => {
    try {
      renderToString(source.split("\n"), (svg) => done({ svg }), (error) => done({ error: String(error) }), {
        maxSvgSize: 0,
      });
    } catch (error) {
      done({ error: String(error?.message ?? error) });
    }
  }));
}
process.stdout.write(JSON.stringify(told), () => process.exit(0));
