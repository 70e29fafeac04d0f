import { describe, expect, it } from "vitest";
import { colourOf, identiconOf, pathOf } from "@/identicon/identicon";

// What the reference library (stellar-identicon-js 1.0.0) draws for the addresses that SEP-0033 shows, and for genesis.
const known = [
  {
    address: "GALAXYVOIDAOPZTDLHILAJQKCVVFMD4IKLXLSZV5YHO7VY74IWZILUTO",
    byte: 11,
    cells: ["###.###", "..#.#..", "#.#.#.#", "###.###", ".#...#.", ".......", "##...##"],
  },
  {
    address: "GBIDGDSVQXAHGZNOETS7ADUMWCDSQJU4R53EZRK6ONP3BA42UJL5PAHR",
    byte: 51,
    cells: [".......", "###.###", ".#.#.#.", ".#.#.#.", "#.....#", ".#.#.#.", "##...##"],
  },
  {
    address: "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7",
    byte: 148,
    cells: [".#####.", "..#.#..", ".##.##.", "..#.#..", "#.....#", "###.###", "###.###"],
  },
];

describe("identicons are those of every wallet", () => {
  it.each(known)("$address", ({ address, byte, cells }) => {
    const identicon = identiconOf(address)!;
    expect(identicon.cells.map((row) => row.map((cell) => (cell ? "#" : ".")).join(""))).toEqual(cells);
    expect(identicon.hue).toBeCloseTo((byte / 255) * 360);
  });

  it("draw neighbours in a row as one rectangle", () => {
    const identicon = identiconOf(known[0]!.address)!;
    expect(pathOf(identicon).startsWith("M0 0h3v1h-3zM4 0h3v1h-3z")).toBe(true);
    expect(colourOf(identicon)).toBe("hsl(15.5 58.3% 52%)");
  });

  it("need an address", () => expect(identiconOf("no address!")).toBeNull());
});
