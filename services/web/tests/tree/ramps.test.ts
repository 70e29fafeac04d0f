import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BALANCE_CLASSES } from "@/tree/rings/balances";
import { TAG_CLASSES } from "@/tree/tags";
import { paletteOf } from "@/tree/rings/colours";

type Colour = readonly [number, number, number];
type Matrix = readonly [Colour, Colour, Colour];

/** Machado, Oliveira and Fernandes (2009), severity 1: what people see to whom one kind of cone is missing. */
const EYES: Record<string, Matrix> = {
  "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
/** Told apart at a glance: five times the just noticeable difference of about 0.02 in OKLab is 0.1; neighbours need less. */
const NEIGHBOURS = 0.05;
const UNKNOWN = 0.07;
/** They have no order that would help: each from each. */
const KINDS = 0.075;

const css = readFileSync("src/styles/tokens.css", "utf8");
const [dark, light] = css.split('[data-theme="light"]');
const themes = { dark: dark!, light: light! };

function token(theme: keyof typeof themes, name: string): string {
  return new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(themes[theme])![1]!;
}

function linear(colour: string): Colour {
  const hex = /^#(..)(..)(..)$/.exec(colour)?.slice(1).map((part) => Number.parseInt(part, 16));
  const parts = hex ?? colour.match(/\d+/g)!.map(Number);
  const [red, green, blue] = parts.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return [red!, green!, blue!];
}

function each([a, b, c]: Colour, change: (part: number) => number): Colour {
  return [change(a), change(b), change(c)];
}

function times([first, second, third]: Matrix, [a, b, c]: Colour): Colour {
  const along = (row: Colour) => row[0] * a + row[1] * b + row[2] * c;
  return [along(first), along(second), along(third)];
}

function oklab(colour: Colour): Colour {
  const cones = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], each(colour, (part) => Math.max(0, part)));
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], each(cones, Math.cbrt));
}

function difference(a: string, b: string, eye: string): number {
  const [one, other] = [a, b].map((colour) => oklab(times(EYES[eye]!, linear(colour))));
  return Math.hypot(...one!.map((part, at) => part - other![at]!));
}

function contrast(a: string, b: string): number {
  const [darker, lighter] = [a, b].map((colour) => times([[0.2126, 0.7152, 0.0722], [0, 0, 0], [0, 0, 0]], linear(colour))[0]).toSorted((one, other) => one - other);
  return (lighter! + 0.05) / (darker! + 0.05);
}

describe.each(["dark", "light"] as const)("the ramp of the %s theme", (theme) => {
  const ramp = [1, 2, 3, 4, 5].map((step) => token(theme, `ramp-${step}`));
  const unknown = token(theme, "unknown");
  const tags = TAG_CLASSES.slice(1).map((name) => token(theme, `tag-${name.replace(" ", "-")}`));
  const palette = { ramp, unknown, tags };
  const [none, ...balances] = paletteOf(palette, "balance");

  it("gives every class of balances a colour", () => expect(balances).toHaveLength(BALANCE_CLASSES.length - 1));

  it("is seen on its ground: 3:1 at every step (WCAG 1.4.11)", () => {
    for (const colour of [unknown, ...ramp, ...balances, ...tags]) expect(contrast(colour, token(theme, "bg"))).toBeGreaterThanOrEqual(3);
  });

  it("rises in lightness all the way", () => {
    const lightness = paletteOf(palette, "age").slice(1).map((colour) => oklab(linear(colour))[0]);
    for (let at = 1; at < lightness.length; at += 1) expect(lightness[at]!).toBeGreaterThan(lightness[at - 1]! - 0.004);
    expect(lightness.at(-1)! - lightness[0]!).toBeGreaterThan(0.35);
  });

  it.each(Object.keys(EYES))("is told apart with %s, step from step and all from unknown", (eye) => {
    for (const colour of balances) expect(difference(colour, none!, eye)).toBeGreaterThan(UNKNOWN);
    for (const [at, colour] of balances.slice(1).entries()) expect(difference(colour, balances[at]!, eye)).toBeGreaterThan(NEIGHBOURS);
  });

  it.each(Object.keys(EYES))("tells every kind of tag from every other with %s, from unknown and from ancestry", (eye) => {
    const all = [...tags, unknown, token(theme, "ancestry")];
    for (const [at, colour] of all.entries()) for (const other of all.slice(0, at)) expect(difference(colour, other, eye)).toBeGreaterThan(KINDS);
  });
});
