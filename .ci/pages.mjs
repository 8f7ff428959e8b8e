// Opens pages in Chromium as their readers do: on a desk and on a phone, light
// and dark, by keyboard, on paper. Usage: pages.mjs PICTURES|"" PAGE…
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer";

const [pictures, ...files] = process.argv.slice(2);
const views = [
  { name: "desk", width: 1200, height: 900, theme: "light" },
  { name: "phone", width: 400, height: 800, theme: "dark" },
];
const chromium = JSON.parse(readFileSync(new URL("chromium.json", import.meta.url)));
const browser = await puppeteer.launch(chromium);

function demand(holds, what) {
  if (!holds) throw new Error(what);
}

// What is wrong inside a page, as text; runs in the page.
function wrongs() {
  const found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) found.push(`the page is ${wide} wide where ${window.innerWidth} are seen`);
  const ids = new Set([...document.querySelectorAll("[id]")].map((it) => it.id));
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!ids.has(link.hash.slice(1))) found.push(`${link.hash} leads nowhere`);
  }
  for (const mark of document.querySelectorAll("svg rect")) {
    const space = mark.ownerSVGElement.viewBox.baseVal;
    const { x, width } = mark.getBBox();
    if (x < 0 || x + width > space.width + 3) found.push(`a mark from ${x}, ${width} wide, is outside of its lane`);
  }
  for (const bad of document.querySelectorAll("script, img, iframe, object, [onclick], [onerror]")) {
    found.push(`there is a ${bad.tagName}`);
  }
  return found;
}

// How many of the first links and summaries the Tab key reaches.
async function reached(page, steps) {
  const seen = new Set();
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200)));
  }
  return seen.size;
}

for (const file of files) {
  const name = basename(file, ".html");
  for (const view of views) {
    const page = await browser.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => demand(false, `${name}: ${error}`));
    page.on("console", (message) => demand(message.type() !== "error", `${name}: ${message.text()}`));
    await page.setJavaScriptEnabled(false);
    await page.setViewport({ width: view.width, height: view.height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.theme }]);
    const start = Date.now();
    await page.goto(pathToFileURL(file).href, { waitUntil: "load", timeout: 120_000 });
    await page.screenshot({ path: pictures ? `${pictures}/${name}-${view.name}.png` : undefined });
    const shown = Date.now() - start;
    demand(asked.length === 1, `${name} asks for ${asked}`);
    const found = await page.evaluate(wrongs);
    demand(found.length === 0, `${name}, ${view.name}: ${found.slice(0, 5).join("; ")}`);
    const stops = await page.evaluate(() => document.querySelectorAll("a[href], summary").length);
    const steps = Math.min(stops, 12);
    demand((await reached(page, steps)) === steps, `${name}: Tab does not go on`);
    console.log(`  ${name}, ${view.name}: ${statSync(file).size} bytes, shown after ${shown} ms, ${stops} stops for the keyboard`);
    await page.close();
  }
  if (name !== "many") {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    const paper = await page.pdf({ format: "A4", path: pictures ? `${pictures}/${name}.pdf` : undefined });
    demand(paper.length > 10_000, `${name} is not printed`);
    await page.close();
  }
}
await browser.close();
