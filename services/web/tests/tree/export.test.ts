import { describe, expect, it } from "vitest";
import { captionOf } from "@/tree/export/caption";
import { inkedBox, LARGEST, type Shot, shotOf, sizeOf } from "@/tree/export/shot";
import { aroundLabel, overlap, SMALLEST_PX } from "@/tree/labels";
import { legendOf } from "@/tree/legend";
import type { Box } from "@/tree/layout";
import type { LabelMark } from "@/tree/marks";
import { estimate } from "@/tree/measure";
import { buildModel, moreId } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { AGE_STEPS } from "@/tree/rings/colours";
import { sceneOf } from "@/tree/scene";
import { TOKENS } from "./tokens";
import { layoutOf, loadedWith, ME, named, world } from "./world";

const STRANGE = `<script>alert(1)</script> & "x" ]]> ${String.fromCharCode(1, 0xd800)} \u{1f680}`;
const lineage = world({ total: 5_000, notable: 9, months: 30 });
const loaded = loadedWith({ names: [[named("KID", 0), STRANGE]] });
const model = buildModel(lineage, loaded, new Set([moreId("ancestors", 0)]));
const legend = legendOf(lineage.children, { colouring: "age", known: { children: [], all: true }, dots: null, signs: [{ sign: "hollow", text: "hollow, dashed: merged away, where that is known", count: null }] });
const caption = captionOf(lineage, "sandbox", legend);

function shot(form: "rings" | "tidy" | "radial", part: Box | null = null, { zoom = 1, words = caption } = {}): Shot {
  return shotOf(sceneOf(layoutOf(model, form), { zoom, visible: part }), { part, caption: words, measure: estimate });
}

const labelsIn = ({ scene }: Shot) => scene.marks.filter((mark): mark is LabelMark => mark.kind === "label");

function contains(outer: Box, { x, y, w, h }: Box): boolean {
  return x >= outer.x && y >= outer.y && x + w <= outer.x + outer.w + 0.01 && y + h <= outer.y + outer.h + 0.01;
}

describe("a picture for a file", () => {
  it("says whose lineage it is, on which network, as of when, and by what it was made", () => {
    const texts = labelsIn(shot("rings")).map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining([ME, "5,000 children · sandbox · as of 2026-11-24 12:00 UTC · StellarMap"]));
  });

  it("holds the legend of the page: what colours and signs mean, and where the ramp begins and ends", () => {
    const { marks } = shot("rings").scene;
    const told = marks.slice(marks.findIndex((mark) => mark.kind === "label" && mark.text === "Created"));
    expect(told.flatMap((mark) => (mark.kind === "label" ? [mark.text] : []))).toEqual(["Created", "2018", "now", "path to genesis", "hollow, dashed: merged away, where that is known"]);
    expect(told.flatMap((mark) => (mark.kind === "bar" ? [mark.tint!.step] : []))).toEqual(Array.from({ length: AGE_STEPS }, (_, at) => at + 1));
    expect(told.flatMap((mark) => (mark.kind === "dot" ? [mark.ink, mark.hollow] : []))).toEqual(["ancestry", false, "text", true]);
  });

  it("has no legend, and no room for one, where there is none on the page", () => {
    const bare = shot("tidy", null, { words: { ...caption, legend: null } });
    expect(bare.frame.h).toBeLessThan(shot("tidy").frame.h);
    expect(labelsIn(bare).map(({ text }) => text)).not.toContain("Created");
  });

  it.each([[300, 1], [2_000, 1], [300, 3]])("writes the legend in as many lines as it needs: %i wide at zoom %i", (w, zoom) => {
    const tags = legendOf(lineage.children, { colouring: "balance", known: { children: [], all: true }, dots: null, signs: [] });
    const taken = shot("tidy", { x: 0, y: -50, w, h: 300 }, { zoom, words: { ...caption, legend: tags } });
    const below = labelsIn(taken).filter(({ y }) => y > 250).map(aroundLabel);
    for (const box of below) expect(contains(taken.frame, box)).toBe(true);
    for (const [at, box] of below.entries()) expect(below.slice(at + 1).some((other) => overlap(box, other))).toBe(false);
  });

  it.each(["rings", "tidy", "radial"] as const)("holds all that is drawn: %s", (form) => {
    const taken = shot(form);
    const { frame } = taken;
    for (const label of labelsIn(taken)) expect(contains(frame, aroundLabel(label))).toBe(true);
    expect(contains(frame, inkedBox(sceneOf(layoutOf(model, form))))).toBe(true);
  });

  it("of what is on the screen is that part, as large as it is there, with readable words below", () => {
    const part = { x: 0, y: -50, w: 600, h: 300 };
    const taken = shot("tidy", part, { zoom: 2 });
    expect(taken.frame).toMatchObject({ x: 0, y: -50, w: 600 });
    for (const { font } of labelsIn(taken)) expect(font.size * 2).toBeGreaterThanOrEqual(SMALLEST_PX - 0.001);
    expect(sizeOf(taken, 1).width).toBe(1_200);
  });

  it("has the pixels that were asked for", () => {
    const one = sizeOf(shot("rings"), 1);
    expect(sizeOf(shot("rings"), 4)).toEqual({ width: expect.closeTo(4 * one.width, -1), height: expect.closeTo(4 * one.height, -1), scale: 4, reduced: false });
  });

  it("is made smaller, and says so, where a browser would make nothing", () => {
    const huge = { ...shot("rings"), frame: { x: 0, y: 0, w: 3_000, h: 40_000 } };
    const { width, height, scale, reduced } = sizeOf(huge, 4);
    expect(reduced).toBe(true);
    expect(scale).toBeLessThan(1);
    expect(Math.max(width, height)).toBeLessThanOrEqual(LARGEST.side);
    expect(width * height).toBeLessThanOrEqual(LARGEST.pixels);
  });
});

describe("an SVG file", () => {
  const parsed = (text: string) => new DOMParser().parseFromString(text, "application/xml");

  it.each(["rings", "tidy", "radial"] as const)("is XML without a script, whatever accounts are called: %s", (form) => {
    const { scene, frame } = shot(form);
    const svg = toSvg(scene, TOKENS, { title: `Lineage of ${STRANGE}`, frame });
    const file = parsed(svg);
    expect(file.querySelector("parsererror")).toBeNull();
    expect(file.documentElement.localName).toBe("svg");
    expect(file.querySelector("title")!.textContent).toContain("<script>alert(1)</script> & \"x\" ]]> \ufffd\ufffd \u{1f680}");
    expect(new Set([...file.querySelectorAll("*")].map(({ localName }) => localName))).not.toContain("script");
    expect(svg).not.toMatch(/ on\w+=|<script|javascript:|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });

  it("holds a large disc as the picture it was given, in its place", () => {
    const { scene, frame } = shot("rings");
    const disc = scene.marks.find((mark) => mark.kind === "disc")!;
    const file = parsed(toSvg(scene, TOKENS, { title: "Rings", frame, pictures: new Map([[disc, { half: 200, url: "data:image/png;base64,AAAA" }]]) }));
    const image = file.querySelector("image")!;
    expect(["x", "y", "width", "height", "href"].map((name) => image.getAttribute(name))).toEqual(["-200", "-200", "400", "400", "data:image/png;base64,AAAA"]);
  });

  it("keeps every name as wide as its place, in whatever font it is read", () => {
    const { scene, frame } = shot("tidy");
    const texts = [...parsed(toSvg(scene, TOKENS, { title: "Tidy", frame })).querySelectorAll("text")];
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(Number(text.getAttribute("textLength"))).toBeGreaterThan(0);
  });
});
