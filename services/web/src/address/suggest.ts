/** Whether what is typed may be sent, in a path that others write down, to be completed. */

import { beginsAddress, mayHoldSeed } from "./parse";

const SHORTEST = 2;
const LONGEST_ADDRESS = 55; // a whole one needs no completing
const LONGEST_WORD = 32; // as long as a home domain may be: what is longer may be a seed without its first letter

export function isWorthAsking(text: string): boolean {
  const longest = beginsAddress(text) ? LONGEST_ADDRESS : LONGEST_WORD;
  return text.length >= SHORTEST && text.length <= longest && !text.includes("*") && !mayHoldSeed(text);
}
