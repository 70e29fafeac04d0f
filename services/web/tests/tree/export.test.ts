import { describe, expect, it } from "vitest";
import { captionOf } from "@/tree/export/caption";
import { inkedBox, LARGEST, type Shot, shotOf, sizeOf } from "@/tree/export/shot";
import { aroundLabel, SMALLEST_PX } from "@/tree/labels";
import type { Box } from "@/tree/layout";
import type { LabelMark } from "@/tree/marks";
import { estimate } from "@/tree/measure";
import { buildModel, moreId } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { sceneOf } from "@/tree/scene";
import { TOKENS } from "./tokens";
import { layoutOf, loadedWith, ME, named, world } from "./world";

const STRANGE = `<script>alert(1)</script> & "x" ]]> ${String.fromCharCode(1, 0xd800)} \u{1f680}`;
const lineage = world({ total: 5_000, notable: 9, months: 30 });
const loaded = loadedWith({ names: [[named("KID", 0), STRANGE]] });
const model = buildModel(lineage, loaded, new Set([moreId("ancestors", 0)]));
const caption = captionOf(lineage, "sandbox");

function shot(form: "rings" | "tidy" | "radial", part: Box | null = null, zoom = 1): Shot {
  return shotOf(sceneOf(layoutOf(model, form), { zoom, visible: part }), { part, caption, measure: estimate });
}

const labelsIn = ({ scene }: Shot) => scene.marks.filter((mark): mark is LabelMark => mark.kind === "label");

function contains(outer: Box, { x, y, w, h }: Box): boolean {
  return x >= outer.x && y >= outer.y && x + w <= outer.x + outer.w + 0.01 && y + h <= outer.y + outer.h + 0.01;
}

describe("a picture for a file", () => {
  it("says whose lineage it is, on which network, as of when, and by what it was made", () => {
    const texts = labelsIn(shot("rings")).map(({ text }) => text);
    expect(texts.slice(-2)).toEqual([ME, "5,000 children · sandbox · as of 2026-11-24 12:00 UTC · StellarMap"]);
  });

  it.each(["rings", "tidy", "radial"] as const)("holds all that is drawn: %s", (form) => {
    const taken = shot(form);
    const { frame } = taken;
    for (const label of labelsIn(taken)) expect(contains(frame, aroundLabel(label))).toBe(true);
    expect(contains(frame, inkedBox(sceneOf(layoutOf(model, form))))).toBe(true);
  });

  it("of what is on the screen is that part, as large as it is there, with readable words below", () => {
    const part = { x: 0, y: -50, w: 600, h: 300 };
    const taken = shot("tidy", part, 2);
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
